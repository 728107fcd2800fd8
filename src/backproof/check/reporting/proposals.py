"""A fix as a report proposes it, and the fixes of several trainings as one."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from backproof.check.judge.factor import reported_factor
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard
from backproof.check.repair.fix import Fix
from backproof.check.report import ProposedFix, diff
from backproof.check.reporting.findings import kind_name
from backproof.check.source import Source


def proposed(source: Source, texts: dict[str, str], fix: Fix) -> ProposedFix:
    """A fix that was proved, if only for another loss than is told, as a change of the texts as they are."""
    says = "; ".join(edit.says for _, edit in fix.edits)
    other = _of_loss(fix.judgement)
    factor = None if other else reported_factor(fix.judgement)
    return ProposedFix(_change(source, texts, fix.texts), not other, factor, dict(fix.texts), says, of_loss=other)


def _of_loss(judgement: Judgement) -> str:
    """The loss that is descended, where that is not the one that is told."""
    loss = judgement.match.loss if judgement.match is not None and judgement.verdict == "other-loss" else None
    return kind_name(loss) if isinstance(loss, Standard) else ""


def joined(source: Source, texts: dict[str, str], fixes: Sequence[Fix]) -> ProposedFix | None:
    """The fixes of different trainings as one change, which still has to be proved; None if they change the same lines.

    The factor is that of the first.
    """
    made = dict(texts)
    for name, text in texts.items():
        merged = _merged(text, [fix.texts[name] for fix in fixes if fix.texts.get(name, text) != text])
        if merged is None:
            return None
        made[name] = merged
    says = "; ".join(edit.says for fix in fixes for _, edit in fix.edits)
    return ProposedFix(_change(source, texts, made), False, reported_factor(fixes[0].judgement), made, says)


def _change(source: Source, texts: dict[str, str], made: dict[str, str]) -> str:
    return "".join(diff(source, name, texts[name], text) for name, text in made.items() if text != texts.get(name))


def _merged(text: str, versions: list[str]) -> str | None:
    """A text with the changes of several versions of it; None if two of them change the same lines."""
    lines = text.splitlines(keepends=True)
    changes: list[tuple[int, int, list[str]]] = []
    for version in versions:
        new = version.splitlines(keepends=True)
        opcodes = SequenceMatcher(None, lines, new, autojunk=False).get_opcodes()
        changes += [(start, stop, new[a:b]) for tag, start, stop, a, b in opcodes if tag != "equal"]
    end, parts = 0, list[str]()
    for start, stop, instead in sorted(changes):
        if start < end:
            return None
        parts += lines[end:start] + instead
        end = stop
    return "".join(parts + lines[end:])
