"""What is a parameter among the values that are updated again and again, and what an optimizer keeps beside one.

Names are not looked at, only the use: a parameter meets data and other parameters; what is kept beside it (a velocity,
a second moment, a step size) reaches its next value element by element and nothing else.
"""

import math
from collections import defaultdict

from backproof.check.cut.long_lived import Chain
from backproof.check.cut.shared_errors import share_errors
from backproof.check.cut.uses import Uses
from backproof.check.record.trace import Trace


class Roles:
    """The `parameters` among some chains, the `states` with the parameter that each belongs to, and the `followers`,
    which are only drawn after a parameter, or after the data.

    Args:
        carrying: the nodes that carry an old value to the next one.
        chain_of: of each updated value the chain that it belongs to.
    """

    def __init__(self, trace: Trace, chains: list[Chain], carrying: set[int], chain_of: dict[int, int]) -> None:
        self.trace, self.chains = trace, chains
        self.uses = Uses(trace, chains, carrying, chain_of)
        numbers = range(len(chains))
        added = {number: self.uses.added(number) for number in numbers}
        reached = {number: self.uses.reached(number) for number in numbers}
        self.states = self._kept_beside()
        kept = {*self.states}
        self.states |= self._likewise(reached)
        self.followers = {n for n in numbers if n not in self.states and self._follows(n, added)}
        means = {n for n in numbers if n not in self.states and self.uses.is_mean_of_data(n)}
        if self.uses.depending(n for n in numbers if n not in means | self.followers | self.states.keys()):
            self.followers |= means
        for number in numbers:
            for other in added[number] if number not in self.followers | kept else ():
                if self.uses.goes_apart(number, other) or self.uses.is_bias(other) or self._is_weight(other):
                    continue
                if number not in added[other] or (self.uses.used(number) and not self.uses.used(other)):
                    self.states.setdefault(other, number)
        for number in numbers:
            if len(reached[number]) == 1 and number not in self.states:
                (other,) = reached[number]
                of_network = self.uses.multiplies(number) or self.uses.goes_with(number, [other], apart=True)
                # a single number may be moved by what is not computed from it, as by the slope of a hinge
                single = self.chains[number].shape == () and (self.uses.used(number) or self.uses.is_bias(number))
                apart = of_network or single or self.uses.goes_apart(number, other)
                if other != number and reached[other] != {number} and not apart:
                    self.states[number] = other
        rest = [n for n in numbers if n not in self.states and n not in self.followers]
        trained = self._trained(rest, reached)
        self.parameters = sorted({*trained} - self._of_the_world(trained, reached))

    def _trained(self, candidates: list[int], reached: dict[int, set[int]]) -> list[int]:
        """Those of some chains that are trained: what they are moved by is computed from themselves."""
        dependent = sorted(self.uses.depending(candidates))
        kept = {number for number in candidates if self.uses.is_running_mean(number)}
        if len(kept) < len(dependent):  # what a normalisation keeps may be read in the same loop, to see how good it is
            candidates = [number for number in candidates if number not in kept]
            dependent = [number for number in dependent if number not in kept]
        if not dependent:
            used = [number for number in candidates if self.uses.used(number)]
            return sorted([*used, *(n for n in candidates if n not in used and self.uses.goes_with(n, used))])
        # a weight may be moved by what an old forward pass says of it
        rest = [n for n in candidates if n not in dependent and self.uses.multiplies(n)]
        dependent += sorted(self.uses.depending(rest, stale=True))
        # what is updated by the same line is a parameter too, though its own value may not matter yet
        meets: dict[int, set[int]] = defaultdict(set)
        for number in dependent:
            meets[self.chains[number].site] |= self.uses.multiplied_at(number)
        beside = [n for n in candidates if n not in dependent and self.chains[n].site in meets]
        likewise = [n for n in beside if self.uses.used(n) or meets[self.chains[n].site] & self.uses.multiplied_at(n)]
        others = (n for n in candidates if n not in dependent and n not in likewise and self.chains[n].shape == ())
        moving = [n for n in others if not reached[n].isdisjoint(dependent) and self._is_multiplied(n)]
        likewise += share_errors(self.trace, self.chains, moving, dependent) if moving else []
        found = sorted([*dependent, *likewise])
        return sorted([*found, *(n for n in candidates if n not in found and self.uses.goes_with(n, found))])

    def _is_multiplied(self, number: int) -> bool:
        """Whether a single number is multiplied with something."""
        return self.uses.used(number) or self.uses.is_factor(number) or bool(self.uses.multiplied_at(number))

    def _of_the_world(self, trained: list[int], reached: dict[int, set[int]]) -> set[int]:
        """The single numbers that move by each other alone, and by no array, while arrays are trained on them: where a
        cart is, and how fast it goes. They are the state of a world that is simulated, and data."""
        alone = {number for number, chain in enumerate(self.chains) if chain.shape == ()}
        arrays = {*range(len(self.chains))} - alone
        while moved := {n for n in alone if any(n in reached[other] for other in reached.keys() - alone)}:
            alone -= moved
        # of what is put away first, and read later, it may not be known whose it was
        kept = (
            n for n in sorted(alone & {*trained}) if arrays and (not reached[n] or self.uses.leads_to_any(n, arrays))
        )
        # a bias that is moved by a count is one all the same
        return {n for n in kept if not self.uses.is_bias(n)}

    def _is_weight(self, number: int) -> bool:
        """Whether a single number is one that a network computes with, and by what comes of that is moved."""
        alone = self.chains[number].shape == ()
        return alone and self.uses.is_factor(number) and bool(self.uses.depending([number]))

    def _follows(self, number: int, added: dict[int, set[int]]) -> bool:
        """Whether a value only comes nearer to another one that is trained itself, as a mean of the weights does, or
        the network that gives the targets in Q-learning."""
        everyone = range(len(self.chains))
        if self.chains[number].shape == () and (self.uses.used(number) or self.uses.is_factor(number)):
            return False  # a single weight, of which the error may hold a bias as it is
        return any(
            number not in added[other]
            and (self.uses.multiplies(other) or self.uses.goes_with(other, everyone, apart=True))
            for other in added[number] - self.states.keys()
        )

    def _kept_beside(self) -> dict[int, int]:
        """The arrays that reach nothing but one trained one, through others like them perhaps, and which that is."""
        beside = {n: others for n in range(len(self.chains)) if (others := self._beside(n)) is not None}
        owners = {number: self._owners(number, beside) for number in beside}
        return {number: found.pop() for number, found in owners.items() if len(found) == 1}

    def _beside(self, number: int) -> set[int] | None:
        """The other chains whose next values an array reaches, if all of it goes element by element and meets no data:
        so it is with what an optimizer keeps, and not with what a network computes from."""
        chain = self.chains[number]
        if math.prod(chain.shape) == 1:
            return None  # of single numbers everything goes element by element
        if self.uses.multiplies(number):
            return None  # a network that another one is drawn after is no memory of that
        last = len(chain.versions) - 1
        found: set[int] = set()
        for position in {max(last // 2, 1), max(last - 1, 1)}:
            version = chain.versions[position]
            assert version is not None
            later = {*chain.paths[position], chain.versions[position + 1]} if position < last else set[int | None]()
            stack, seen = [r for r in self.uses.readers[version] if r not in later], set[int]()
            otherwise: list[tuple[int, bool]] = []
            while stack:
                node = stack.pop()
                if node in seen:
                    continue
                seen.add(node)
                if not self.uses.is_elementwise(node, chain.shape):
                    otherwise.append((node, False))
                elif node in self.uses.chain_of:
                    found.add(self.uses.chain_of[node])
                else:
                    stack += self.uses.readers[node]
            if any(other != number for other in self.uses.leads_to(otherwise, set())):
                return None
        return found - {number} or None

    def _likewise(self, reached: dict[int, set[int]]) -> dict[int, int]:
        """The single numbers that the same line updates as arrays that are states, and so are states too."""
        sites: dict[int, set[int]] = {}  # of the line of a state, those of what belongs to it
        for state, owner in self.states.items():
            sites.setdefault(self.chains[state].site, set()).add(self.chains[owner].site)
        found: dict[int, int] = {}
        for number, chain in enumerate(self.chains):
            if number in self.states or chain.site not in sites or number in self.states.values():
                continue
            others = reached[number] - {number}
            owners = [
                o for o in others if self.chains[o].shape == chain.shape and self.chains[o].site in sites[chain.site]
            ]
            if len(owners) == 1:
                found[number] = owners[0]
        return found

    def _owners(self, number: int, beside: dict[int, set[int]]) -> set[int]:
        """What is trained with the help of an array: the chains that it reaches, if need be through others like it."""
        stack, seen, found = [number], {number}, set[int]()
        while stack:
            for other in beside[stack.pop()] - seen:
                seen.add(other)
                if other in beside:
                    stack.append(other)
                else:
                    found.add(other)
        return found
