"""What costs much ends in a verdict all the same, and does not take the machine's memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from chukyso.errors import ChukysoError
from chukyso.signature.validation_data import MAX_FILE, read_answers
from support.examiner import examiner
from support.heavy import heavy_cases
from support.stranger import Office

GUARD = 60  # seconds; against a hang only. How long each takes is measured by fuzz_verify.py.
MOST_MEMORY = 300  # MiB, of which Python and its libraries are 110


@pytest.mark.nightly
def test_heavy_inputs_end() -> None:
    """One after another in a child; all that goes wrong is told together."""
    wrong = {}
    with examiner(GUARD) as child:
        for case in heavy_cases(Office()):
            measured = child.examine(case)
            if measured.error or measured.memory > MOST_MEMORY:
                wrong[case.name] = measured.error.strip()[-300:] or f"{measured.memory:.0f} MiB"
                child.renew()
    assert not wrong


def test_kept_answers_are_bounded_together(tmp_path: Path) -> None:
    for number in range(64):
        with (tmp_path / f"crl-{number}.der").open("wb") as file:
            file.truncate(MAX_FILE)
    with pytest.raises(ChukysoError):
        read_answers(tmp_path)
