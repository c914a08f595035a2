"""Listener that carries a failed task out once more, in the same process, as listeners for flaky tests do."""

from __future__ import annotations

from robot import result, running


class AgainListener:
    """Once for each task."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._again: set[str] = set()

    def end_test(self, data: running.TestCase, result: result.TestCase) -> None:
        if not result.failed or data.name in self._again:
            return
        name = f"{data.name} again"
        self._again.add(name)
        tests = data.parent.tests
        tests.insert(tests.index(data) + 1, data.deepcopy(name=name))
