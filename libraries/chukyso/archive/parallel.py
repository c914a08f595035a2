"""The same work on many runs, in several processes when there are enough of them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Progress = Callable[[int, int], None]
"""Called with the number of runs that are done, and of all."""
Item = TypeVar("Item")
Result = TypeVar("Result")


def in_processes(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: int,
    batch: int,
    few: int,
    progress: Progress | None,
) -> Iterator[Result]:
    """Return the results in the order of the items.

    Args:
        work: What to do with one; must be fit for another process, as its arguments and results.
        items: With what.
        jobs: Processes.
        batch: How many go to a process at a time.
        few: For fewer, starting processes takes longer than the work.
        progress: Told how far it is.
    """
    if jobs < 2 or len(items) < few:
        yield from _counted(map(work, items), len(items), progress)
        return
    with ProcessPoolExecutor(min(jobs, len(items) // batch + 1), initializer=_ignore_interrupts) as pool:
        try:
            yield from _counted(pool.map(work, items, chunksize=batch), len(items), progress)
        except BaseException:  # Ctrl-C: what is running ends in a moment, what is waiting never begins
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _counted(results: Iterator[Result], total: int, progress: Progress | None) -> Iterator[Result]:
    for done, result in enumerate(results, 1):
        yield result
        if progress:
            progress(done, total)


def _ignore_interrupts() -> None:
    """Ctrl-C goes to all processes of a terminal; the first one tells the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
