"""Ends the browser of a process that was killed: ``python -I -m chukyso.orphans DIRECTORY``, started by ``watch``.

A process that is killed, or whose console is closed on Windows, ends without a word to its children. Its browser would
stay, logged in to the portal and seen by nobody. So a second process waits for the end of the first, which it notices
by the end of its stdin: that holds for every kind of end and on every system.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from chukyso.children import child_environment, start_python

MARK = "TMPDIR"
"""Variable that marks the programs of a run: their directory for temporary files is the run's own."""

_RELEASE_SECONDS = 30
_EXIT_SECONDS = 5  # seconds for a process that was asked to end

_WATCHERS: list[subprocess.Popen[bytes]] = []  # kept, so that nobody closes their stdin before this process ends


def watch(directory: Path) -> subprocess.Popen[bytes]:
    """From now on, what is marked with this directory ends when this process does, and the directory is removed.

    Args:
        directory: The run's own directory for temporary files, see ``chukyso.scratch``.

    Returns:
        The watcher; ``release`` has it do its work before.
    """
    watcher = start_python(
        ["-I", "-m", "chukyso.orphans", str(directory)],
        child_environment({}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _WATCHERS.append(watcher)
    return watcher


def release(watcher: subprocess.Popen[bytes]) -> None:
    """End what a watcher watches for now, and wait until it is gone with its directory."""
    _WATCHERS.remove(watcher)
    try:
        watcher.communicate(timeout=_RELEASE_SECONDS)
    except subprocess.TimeoutExpired:  # what it waits for is stuck in the kernel; the next session removes its folder
        watcher.kill()


def end_family(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with all that it started; nothing to do when it has ended by itself."""
    if process.poll() is not None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        family = [*parent.children(recursive=True), parent]
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(family, timeout=_EXIT_SECONDS)  # a killed helper may still hold files
    process.wait()


def end_marked(name: str, value: str) -> int:
    """End every process of ours that was started with this variable in its environment; return how many there were.

    A browser whose Robot was killed belongs to nobody, and pabot starts Robot in sessions of its own: the mark finds
    them all.
    """
    found = [process for process in psutil.process_iter() if _environment(process).get(name) == value]
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, left = psutil.wait_procs(found, timeout=_EXIT_SECONDS)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=_EXIT_SECONDS)
    return len(found)


def _environment(process: psutil.Process) -> Mapping[str, str]:
    try:
        found: dict[str, str] = process.environ()
    except (psutil.Error, OSError):  # another user's, or gone meanwhile
        return {}
    return found


def main(directory: Path) -> None:
    """Wait for the end of the process that started this one, and do away with what it left."""
    sys.stdin.buffer.read()
    end_marked(MARK, str(directory))
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
