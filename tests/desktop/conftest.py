from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chukyso.desktop.client import Desktop
from chukyso.desktop.model import Window
from support import recorded_windows


class Bench:
    """A desktop whose windows are recorded ones."""

    def __init__(self, folder: Path, trouble: str, seconds: float) -> None:
        self.dump, self.journal = folder / "dump.json", folder / "journal"
        self.journal.touch()
        self.show()
        script = str(Path(recorded_windows.__file__))
        self.desktop = Desktop(seconds, worker=(script, str(self.dump), str(self.journal), trouble))

    def show(self, *windows: Window) -> None:
        """From now on these are there."""
        part = self.dump.with_suffix(".part")
        part.write_text(json.dumps({"windows": [window.to_json() for window in windows]}), encoding="utf-8")
        part.replace(self.dump)

    @property
    def done(self) -> list[str]:
        """What the worker was asked to do."""
        return self.journal.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(*windows: Window, trouble: str = "", seconds: float = 20) -> Bench:
        made.append(Bench(tmp_path, trouble, seconds))
        made[-1].show(*windows)
        return made[-1]

    yield make
    for each in made:
        each.desktop.close_worker()
