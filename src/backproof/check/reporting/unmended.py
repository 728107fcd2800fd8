"""What is said of a wrong file for which no fix was proved: the line that is named first, and why."""

import ast
from collections.abc import Mapping
from dataclasses import replace

from backproof.check.edits import Edit, Editor
from backproof.check.edits.tree import target_of
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.called import calls_of, own_place
from backproof.check.locate.early import Early
from backproof.check.locate.following import makes_whole
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.strays import apart_keys, stray_keys
from backproof.check.losses.evidence import same_factor
from backproof.check.record.trace import Sites
from backproof.check.replay.frame import Key
from backproof.check.report import Finding
from backproof.check.reporting.edited import finding_of_hint
from backproof.check.reporting.findings import finding_of_suspect, findings_of_wanted
from backproof.check.source import Source

_UPDATE = "This parameter does not follow the gradient of the loss, though what is computed before it is right."
_UPHILL = "Every parameter is moved along the exact gradient of the loss, but upward: each step makes the loss greater."
_APART = "The gradient is right up to here, and is multiplied with a number that the network computes: that is no rate."
_SCALED = (
    "From here on the gradient is {:.4g} times what it should be beside those of the other parameters:"
    " all follow the gradient of the loss, but not by one and the same factor."
)
_EARLY = (
    "This reads a value that {} has moved already: with the one that the forward pass had, {} the gradient of the loss."
)
_SAMPLE = (
    "The gradient is multiplied here with a number of the sample, which is no rate:"
    " before it is right, and no other parameter's is scaled so."
)


def findings_without_fix(
    source: Source,
    sites: Sites,
    judgement: Judgement,
    suspicion: Suspicion,
    hint: tuple[str, Edit] | None,
    texts: Mapping[str, str],
) -> list[Finding]:
    """The findings of a wrong file: what is wrong with its optimizer, or else where another gradient belongs, or else
    the most suspicious place.

    Args:
        hint: the edit after which more is right by the numbers, with its file; None if there is none.
    """
    assert judgement.match is not None
    if judgement.faults:
        fault = judgement.faults[0]
        said = f"{fault.reason[0].upper()}{fault.reason[1:]}."
        found = _at(source, sites, [(fault.site, 0)], "optimizer", said)
        return [_where_counted(source, sites, fault.site, texts, one) if fault.counts else one for one in found]
    if suspicion.early is not None and suspicion.early.gain > 0:
        return _read_too_early(source, sites, suspicion.early)
    calls = calls_of(judgement.frames[0], but=suspicion.suspects)  # where nothing is wrong

    def called(key: Key) -> Key:
        return own_place(judgement.training.trace, key, calls)

    places = [replace(one, key=called(one.key)) for one in suspicion.together]
    wanted = findings_of_wanted(source, sites, judgement, places, texts)
    whole = any(makes_whole(one.gain) for one in suspicion.together)
    if not whole and (apart := apart_keys(judgement)):
        return _at(source, sites, apart, "factor", _APART)
    if not whole and (strays := stray_keys(judgement, sites, joint=len(wanted) > 1)):
        scale = _scale(judgement)
        return _at(source, sites, strays, "factor", _SAMPLE if same_factor(scale, 1.0) else _SCALED.format(scale))
    if wanted and not whole and (sooner := _before_all(judgement, suspicion)):
        return _at(source, sites, [called(sooner)], "gradient", "")
    if wanted:
        return wanted
    if hint is not None:
        return [finding_of_hint(source, texts, *hint)]
    if judgement.match.holds and any(e.goes_up for e in judgement.match.evidence.values()):
        return _at(source, sites, _updates(judgement), "update", _UPHILL)
    first = [
        *suspicion.needed,
        *suspicion.blamed,
        *(key for key in suspicion.suspects if key in suspicion.first),
        *suspicion.suspects,
    ]
    if first:
        return _at(source, sites, [called(first[0])], "gradient", "")
    return _at(source, sites, _updates(judgement), "update", _UPDATE)


def _read_too_early(source: Source, sites: Sites, early: Early) -> list[Finding]:
    """The finding about a parameter that is read after it was moved."""
    near = early.moved[0] >= 0 and sites.files[early.moved[0]] == sites.files[early.key[0]]
    moved = finding_of_suspect(source, sites, early.moved if near else early.caller, "old value", "")
    where = f"line {moved.line}" if moved is not None else "this step"
    result = "every parameter follows" if early.is_all else "more of the parameters follow"
    return _at(source, sites, [early.key], "old value", _EARLY.format(where, result))


def _where_counted(source: Source, sites: Sites, site: int, texts: Mapping[str, str], finding: Finding) -> Finding:
    """A finding about the count in a power, at the nearest line that sets or advances it, if the file has one."""
    name, at = sites.line(site)
    if name != source.run_name:
        return finding
    editor = Editor(texts[name])
    statement = editor.statement_at(at)
    powers = [n for n in ast.walk(statement or editor.tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
    counts = {editor.segment(power.right) for power in powers}
    setting = [
        (node, target)
        for node in editor.nodes
        if (target := target_of(node)) is not None and editor.segment(target) in counts and _is_in_loop(editor, node)
    ]
    if not setting:
        return finding
    node, _ = min(setting, key=lambda row: abs(row[1].lineno - at))
    assert isinstance(node, ast.stmt)
    place = source.place(node.lineno)
    return replace(finding, line=place.line, cell=place.cell, expression=editor.segment(node))


def _is_in_loop(editor: Editor, node: ast.AST) -> bool:
    """Whether a statement is executed more than once: it stands in a loop or a function."""
    while node in editor.parents:
        node = editor.parents[node]
        if isinstance(node, ast.For | ast.While | ast.FunctionDef):
            return not isinstance(node, ast.FunctionDef) or node.name != "__init__"
    return False


def _before_all(judgement: Judgement, suspicion: Suspicion) -> Key | None:
    """The place where a right gradient becomes a wrong one, if every wrong parameter is moved by what is computed from
    it, and so is every place that wants another gradient, though all of these leave some parameter wrong."""
    assert judgement.match is not None
    frame = judgement.frames[0]
    places: dict[Key, list[int]] = {}
    for node in frame.backward:
        places.setdefault(frame.key(node), []).append(node)
    wrong = set(frame.parameters) - set(judgement.match.right)
    for key in suspicion.blamed[:1]:
        own = places.get(key, [])
        reached = {parameter for node in own for parameter in frame.reached[node]}
        later = [node for one in suspicion.together for node in places.get(one.key, [])]
        if wrong <= reached and later and all(frame.ancestors([node]).intersection(own) for node in later):
            return key
    return None


def _scale(judgement: Judgement) -> float:
    """How many times as large the gradients are that have a factor of their own as the others."""
    assert judgement.match is not None
    rows = judgement.match.evidence
    own = next(iter(rows[judgement.match.strays[0]].factors.items()))
    others = [rows[p].factors[own[0]] for p in rows if p not in judgement.match.strays and own[0] in rows[p].factors]
    return own[1] / others[0] if others and others[0] else own[1]


def _at(source: Source, sites: Sites, keys: list[Key], kind: str, message: str) -> list[Finding]:
    found = [finding_of_suspect(source, sites, key, kind, message) for key in keys]
    return [one for one in found if one is not None]


def _updates(judgement: Judgement) -> list[Key]:
    """Where the first wrong parameter is changed, or what its optimizer keeps."""
    assert judgement.match is not None
    training = judgement.training
    wrong = [p for p in judgement.match.evidence if p not in judgement.match.right or judgement.match.holds]
    kept = [chain for chain, owner in training.states.items() if owner in wrong[:1]]
    return [(training.chains[number].site, 0) for number in [*kept, *wrong][:1]]
