"""A child that another Python runs: it gets pipes alone, its environment, and what it printed is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from chukyso.children import OtherPython, child_environment, windows_path
from chukyso.worker.child import Child, LostError

# As a program under Wine sees them: a regular file as one of its streams would be none.
PROGRAM = """
import os, stat, sys
kinds = [stat.S_ISREG(os.fstat(each).st_mode) for each in (0, 1, 2)]
sys.stderr.write("x" * 3000 + f"files: {kinds}, {os.environ.get('GIVEN')}")
"""


def test_it_has_pipes_and_says_how_it_ended() -> None:
    python = OtherPython((sys.executable, "-X", "utf8"), child_environment({"GIVEN": "theirs"}))
    child = Child(["-c", PROGRAM], python.environment, python)
    with pytest.raises(LostError) as lost:
        child.ask({}, 60)
    child.end()
    assert str(lost.value).endswith("xfiles: [False, False, False], theirs")


@pytest.mark.skipif(os.name == "nt", reason="paths of other systems, as Wine names them")
def test_a_path_as_wine_names_it() -> None:
    assert windows_path(Path("/tmp/Công ty/a.png")) == "Z:\\tmp\\Công ty\\a.png"
