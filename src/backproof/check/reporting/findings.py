"""Findings in the file's own words: the expression, what it computes, what it should be."""

import os
from collections.abc import Mapping

from backproof.check.consistency import parameter_texts
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.following import makes_whole
from backproof.check.locate.wanted import Wanted
from backproof.check.losses.losses import KINDS, Loss, Standard
from backproof.check.record.trace import Sites
from backproof.check.repair.known_lines import lines_of
from backproof.check.replay.frame import Key
from backproof.check.replay.values import Reading
from backproof.check.report import Finding, Report, StatedLoss
from backproof.check.source import Place, Source


def kind_name(loss: Loss) -> str:
    """A loss in words."""
    return KINDS[loss.kind] if isinstance(loss, Standard) else "the loss that it computes"


def spelled(source: Source, sites: Sites, loss: Loss) -> str:
    """A loss in words, or as it is written and where."""
    if isinstance(loss, Standard):
        return kind_name(loss)
    _, place = where(source, *sites.line(loss.site))
    return f"`{_segment(source, sites, loss.site)}` in line {place.line}"


def loss_of(source: Source, sites: Sites, judgement: Judgement) -> StatedLoss | None:
    """The loss that the file states, as it is written."""
    if judgement.stated is None:
        return None
    site = sites.sites[judgement.stated.site]
    text = _segment(source, sites, judgement.stated.site)
    _, place = where(source, sites.files[judgement.stated.site], site.line)
    return StatedLoss(place.line, text, place.cell, KINDS[judgement.kind] if judgement.kind else None)


def sentence(report: Report, judgement: Judgement) -> str:
    """Why a file is right, in a sentence."""
    assert judgement.match is not None
    count = len(judgement.match.evidence)
    parameters = "The parameter follows" if count == 1 else f"All {count} parameters follow"
    other = judgement.match.loss != judgement.stated and judgement.kind in (None, "absolute")
    stated = report.loss and not (other and isinstance(judgement.match.loss, Standard))
    loss = "the stated loss" if stated else kind_name(judgement.match.loss)
    if judgement.match.put_together:
        loss = "the sum of the two losses that it tells"
        if judgement.match.held:
            loss = "the loss that it tells, with the advantages and actions in it held as they are"
        if judgement.match.each_its_own:
            loss = "the loss that is told of their own network"
    factor = "" if report.factor in (None, 1.0) else f", times {report.factor:.4g}"
    return f"{parameters} the gradient of {loss}{factor}."


def _segment(source: Source, sites: Sites, site: int) -> str:
    place = sites.sites[site]
    text = source.text_of(sites.files[site])
    lines = text.splitlines()
    if place.line > len(lines):
        return ""
    if place.line == place.end_line:
        return lines[place.line - 1].encode()[place.column : place.end_column].decode(errors="replace")
    first = lines[place.line - 1].encode()[place.column :].decode(errors="replace")
    return " ".join(
        [
            first.rstrip("\\").strip(),
            *(line.rstrip("\\").strip() for line in lines[place.line : place.end_line - 1]),
            lines[place.end_line - 1].encode()[: place.end_column].decode(errors="replace").strip(),
        ]
    )


def _characters(source: Source, sites: Sites, site: int) -> tuple[int, int]:
    """The first and last column of a site in characters: Python counts bytes."""
    place = sites.sites[site]
    lines = source.text_of(sites.files[site]).splitlines()
    line = lines[place.line - 1].encode() if place.line <= len(lines) else b""
    end = place.end_column if place.end_line == place.line else len(line)
    return len(line[: place.column].decode(errors="ignore")), len(line[:end].decode(errors="ignore"))


def where(source: Source, name: str, line: int) -> tuple[str, Place]:
    """The file that a line is in, as it is called, and its place there."""
    if name == source.run_name:
        return str(source.path), source.place(line)
    return os.path.normpath(source.path.parent / name), Place(line)


def finding_of_inconsistency(source: Source, found: Inconsistency) -> Finding:
    """A finding about what does not fit together, in the checked file or in a module."""
    file, place = where(source, found.file or source.run_name, found.line)
    return Finding(file, place.line, place.cell, found.expression, found.kind, found.reason)


def finding_of_suspect(source: Source, sites: Sites, key: Key, kind: str, message: str) -> Finding | None:
    """A finding about a place whose value is wrong."""
    if key[0] < 0:
        return None
    site = sites.sites[key[0]]
    file, place = where(source, sites.files[key[0]], site.line)
    text = _segment(source, sites, key[0])
    said = (
        message
        or f"`{text}` is not the gradient that it should be, up to any factor,"
        " though what it is computed from is right."
    )
    column, end = _characters(source, sites, key[0])
    return Finding(file, place.line, place.cell, text, kind, said, column + 1, end + 1)


def findings_of_wanted(
    source: Source, sites: Sites, judgement: Judgement, places: list[Wanted], texts: Mapping[str, str]
) -> list[Finding]:
    """A finding about each of the places where the gradient of something else belongs."""
    reading = Reading(texts, sites)
    known = [(one, lines) for one in places if (lines := lines_of(one, reading))]
    found: list[Finding | None] = []
    for one, lines in known:
        name, line = lines[0]
        others = [str(where(source, *other[0])[1].line) for place, other in known if place is not one]
        said = _said_of_wanted(_quantity(source, judgement, reading, one.owners), one, others)
        if lines[1:]:
            file, place = where(source, name, line)
            text = texts[name].splitlines()[line - 1]
            column = len(text) - len(text.lstrip()) + 1
            found.append(Finding(file, place.line, place.cell, text.strip(), "gradient", said, column, len(text) + 1))
        else:
            found.append(finding_of_suspect(source, sites, one.key, "gradient", said))
    return [one for one in found if one is not None]


def _said_of_wanted(quantity: str, wanted: Wanted, others: list[str]) -> str:
    """What belongs into a place, and what comes of it; `others` are the lines that have to be mended with it."""
    number = "" if wanted.times == 1.0 else f" ({wanted.times:.4g} times what is here)"
    said = f"The gradient of the loss by {quantity} belongs here{number}: with it, "
    if makes_whole(wanted.gain):
        return f"{said}every parameter follows the gradient."
    if others:
        return f"{said}and with what line {' and '.join(others)} should be, every parameter follows the gradient."
    return f"{said}more of the parameters follow the gradient."


def _quantity(source: Source, judgement: Judgement, reading: Reading, keys: tuple[Key, ...]) -> str:
    """A forward quantity in the file's own words: the first of some places that has a name, or the last one."""
    frame = judgement.telling[0]
    start = next((n for n in frame.step.before.values() if n is not None and frame.key(n) in keys), None)
    if start is not None:
        name = next((text for text, node in parameter_texts(frame, reading).items() if node == start), None)
        return f"`{name}`" if name else "the parameter that it moves"
    names = [name for key in keys if key[0] >= 0 and (name := reading.target(key[0]))]
    return f"`{names[0] if names else _segment(source, reading.sites, keys[-1][0])}`"
