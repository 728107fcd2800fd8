"""Which edits are tried two at once."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from backproof.check.edits.in_pairs import KINDS, in_pairs
from backproof.check.repair.placing import Row

_STATEMENTS = 6  # in which two edits are made at once,
_SINGLES = 100  # and of how many of each, with
_EACH = 14  # of one name at most


def paired(rows: list[Row], texts: dict[str, str]) -> Iterator[Row]:
    """Two edits at once of each of the likeliest statements."""
    singles: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.edit.kind in KINDS and row.statement is not None:
            singles[row.file, row.statement.lineno].append(row)
    for (file, _), own in sorted(singles.items(), key=lambda item: item[1][0].score)[:_STATEMENTS]:
        ordered, counts = sorted(own, key=lambda row: row.edit.cost), Counter[tuple[int, int]]()
        likeliest: list[Row] = []
        for row in ordered:
            place = row.edit.start, row.edit.end
            counts[place] += 1
            if counts[place] <= _EACH and len(likeliest) < _SINGLES:
                likeliest.append(row)
        ranks = min(row.score - row.edit.cost for row in likeliest)
        for edit in in_pairs(texts[file], [row.edit for row in likeliest]):
            yield Row(edit.cost + ranks, file, edit, own[0].statement)
