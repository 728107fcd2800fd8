"""How many threads compute: one in each process, as the checker, the file's own run and the tries of edits are
processes beside each other. Where there are more threads than cores, those of a product wait for each other far longer
than they compute."""

from threadpoolctl import threadpool_limits

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # for what is started


def one_thread() -> threadpool_limits:
    """What is loaded computes with one thread, until the context that this gives ends."""
    return threadpool_limits(1)
