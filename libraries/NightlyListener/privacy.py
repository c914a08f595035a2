"""Which personal data first-failure data may show: what the run that failed may show (``PRIVACY``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from chukyso.evidence.model.run import Privacy
from chukyso.figures.privacy import Masker, read_policy
from EvidenceLibrary.matching import figure_options
from EvidenceLibrary.run import CurrentRun


def find_masker() -> Masker | None:
    """The run's own masker, which knows the contact data; without a run what ``PRIVACY`` asks for."""
    run = _current_run()
    if run and run.masker:
        return run.masker
    try:
        asked = str(BuiltIn().get_variable_value("${PRIVACY}", ""))
    except RobotNotRunningError:
        return None
    return Masker() if read_policy(asked) is Privacy.MASKED else None


def find_personal() -> Mapping[str, object] | None:
    """What of a person to cover in a picture, or None to cover nothing."""
    run, masker = _current_run(), find_masker()
    if run and run.masker:
        return figure_options(run, 0).personal
    return masker.for_page(()) if masker else None


def _current_run() -> CurrentRun | None:
    try:
        library: Any = BuiltIn().get_library_instance("EvidenceLibrary")
    except (RuntimeError, RobotNotRunningError):  # not imported; no run at all
        return None
    run: CurrentRun = library.current_run
    return run
