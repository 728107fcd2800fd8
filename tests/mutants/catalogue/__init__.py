"""The mistakes that the checker is judged on, one module a family."""

from tests.mutants.catalogue.amounts import AMOUNTS
from tests.mutants.catalogue.derivatives import DERIVATIVES
from tests.mutants.catalogue.formulas import FORMULAS
from tests.mutants.catalogue.indices import INDICES
from tests.mutants.catalogue.layers import LAYERS
from tests.mutants.catalogue.losses import LOSSES
from tests.mutants.catalogue.matrices import MATRICES
from tests.mutants.catalogue.memory import MEMORY
from tests.mutants.catalogue.mutant import Mutant, lines, programs, write_mutant, write_program
from tests.mutants.catalogue.operands import OPERANDS
from tests.mutants.catalogue.optimizers import OPTIMIZERS
from tests.mutants.catalogue.timing import TIMING
from tests.mutants.catalogue.updates import UPDATES

__all__ = ["MUTANTS", "Mutant", "lines", "programs", "write_mutant", "write_program"]

MUTANTS: tuple[Mutant, ...] = (
    *DERIVATIVES,
    *FORMULAS,
    *MATRICES,
    *INDICES,
    *OPERANDS,
    *AMOUNTS,
    *LOSSES,
    *UPDATES,
    *TIMING,
    *MEMORY,
    *OPTIMIZERS,
    *LAYERS,
)
