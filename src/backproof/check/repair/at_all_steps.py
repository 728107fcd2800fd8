"""The true gradients by what a network computes, at several steps at once: of which of them some values are one."""

from collections import defaultdict

import torch

from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual
from backproof.check.losses.truths import Place, numbered
from backproof.check.repair.chain_rule import Values
from backproof.check.replay.operations import Tensor

_LEAST = 3  # numbers that tell whether they are a gradient
_COSINE = 1e-9  # that the angle between two which are alike may differ from none


class Gradients:
    """The true gradients by what the network computes, at several steps at once."""

    def __init__(self, following: Following, aim: Aim) -> None:
        found: dict[tuple[int, ...], list[tuple[Place, Tensor]]] = defaultdict(list)
        tables = [numbered(frame) for frame in following.frames]
        true = [aim.true(number) for number in range(len(tables))]
        for place, node in tables[0].items():
            nodes = [table.get(place, -1) for table in tables]
            if node in following.frames[0].given or not all(n in own for n, own in zip(nodes, true, strict=True)):
                continue
            values = [own[n].detach() for n, own in zip(nodes, true, strict=True)]
            whole = torch.cat([value.reshape(-1) for value in values])
            if bool(whole.any()):
                found[tuple(value.numel() for value in values)].append((place, whole))
        self._places = {sizes: [place for place, _ in rows] for sizes, rows in found.items()}
        self._rows = {sizes: torch.stack([row for _, row in rows]) for sizes, rows in found.items()}
        self._lengths = {sizes: rows.norm(dim=1) for sizes, rows in self._rows.items()}

    def owners(self, values: Values) -> dict[Place, float]:
        """The quantities whose gradient some values are, one of each step, each with the factor."""
        sizes = tuple(value.numel() for value in values)
        whole = torch.cat([value.reshape(-1) for value in values])
        length = whole.norm()
        if sizes not in self._rows or whole.numel() < _LEAST or not bool(torch.isfinite(length)) or not bool(length):
            return {}
        rows, found = self._rows[sizes], dict[Place, float]()
        near = (rows @ whole).abs() >= (1 - _COSINE) * length * self._lengths[sizes]
        for row in torch.nonzero(near).reshape(-1).tolist():
            factor, residual = factor_and_residual(whole, rows[row])
            if residual <= TOLERANCE:
                found[self._places[sizes][row]] = factor
        return found
