"""Keywords that give each case a directory, a profile and a state directory of its own."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from chukyso.errors import ChukysoError, Code
from chukyso.portal.profile import PROFILES
from chukyso.state import VARIABLE as STATE_VARIABLE
from chukyso.storage.lock import OutputLock

_RUNS = "runs"


class CaseKeywords:
    """The case that is being run."""

    def __init__(self) -> None:
        self._state: Path | None = None
        self._state_before: str | None = None
        self._lock: OutputLock | None = None

    @property
    def directory(self) -> Path:
        """Where the present case's evidence goes.

        Below pabot's output directory when pabot runs several processes, not below that of the process: links in the
        log that pabot makes of all of them then lead there.
        """
        variable = BuiltIn().get_variable_value
        output = Path(variable("${OUTPUT DIR}"))
        if variable("${PABOTQUEUEINDEX}"):
            output = output.parent.parent
        return output / _RUNS / _slug(variable("${SUITE NAME}").partition(".")[2]) / _slug(variable("${TEST NAME}"))

    @keyword(tags=["Regression"])
    def use_state_of_its_own(self) -> None:
        """Let this process remember wrong PINs and the like in a directory of its own, gone at its end.

        ```robotframework
        Use State Of Its Own
        ```
        """
        self._state = Path(tempfile.mkdtemp(prefix="chukyso-regression-"))
        self._state_before = os.environ.get(STATE_VARIABLE)
        os.environ[STATE_VARIABLE] = str(self._state)

    @keyword(tags=["Regression"])
    def make_case_directory(self) -> Path:
        """Make an empty directory for the evidence of the present case and return it: ``runs/AREA…/CASE``.

        ```robotframework
        ${directory}    Make Case Directory
        Start Evidence    directory=${directory}
        ```
        """
        self.release_case_directory()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        return self.directory

    @keyword(tags=["Regression"])
    def clear_case_directory(self) -> None:
        """Remove the case's evidence: nobody asks for that of a case that passed.

        ```robotframework
        IF    $TEST_STATUS == 'PASS'    Clear Case Directory
        ```
        """
        self.release_case_directory()
        shutil.rmtree(self.directory, ignore_errors=True)
        for parent in list(self.directory.parents)[:2]:
            try:
                parent.rmdir()
            except OSError:  # not empty, or another process was faster
                break

    @keyword(tags=["Regression"])
    def take_case_directory(self) -> None:
        """Hold the lock of the case's directory, as another run does that writes there.

        Fails with ``OUTPUT_IN_USE`` when it is held already.

        ```robotframework
        Take Case Directory
        ```
        """
        self._lock = OutputLock(self.directory)

    def release_case_directory(self) -> None:
        """Let the lock go, if one is held."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    @keyword(tags=["Regression"])
    def put_file_in_the_way(self) -> None:
        """Write a file where the directory for the evidence should be.

        ```robotframework
        Put File In The Way
        ```
        """
        (self.directory / "evidence").write_text("a file where the directory should be\n", encoding="utf-8")

    @keyword(tags=["Regression"])
    def change_profile(self, **values: str) -> Path:
        """Write the suite's profile with other values and return the file's path.

        - ``values``: ``section.key=value``, the value as TOML spells it; the profile must have the key already.

        Fails with ``OPTION_INVALID`` when the profile has no such key.

        ```robotframework
        ${profile}    Change Profile    timeouts.submission=4
        Set Up Run    ${profile}
        ```
        """
        source = PROFILES / f"{_profile_of_the_suite()}.toml"
        text = source.read_text(encoding="utf-8")
        for name, value in values.items():
            section, _, key = name.rpartition(".")
            pattern = rf"(?ms)^(\[{re.escape(section)}\](?:(?!^\[).)*?^{re.escape(key)} = )[^\n]*$"
            found = re.search(pattern, text)
            if found is None:
                raise ChukysoError(Code.OPTION_INVALID, f"{source} has no {name}", name=name, reason="không có")
            text = text[: found.end(1)] + value + text[found.end() :]
        path = self.directory / "profile.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def close(self) -> None:
        """Remove what this process was to remember."""
        if self._state is None:
            return
        shutil.rmtree(self._state, ignore_errors=True)
        if self._state_before is None:
            os.environ.pop(STATE_VARIABLE, None)
        else:
            os.environ[STATE_VARIABLE] = self._state_before
        self._state = None


def _profile_of_the_suite() -> str:
    try:
        return str(BuiltIn().get_variable_value("${PROFILE}"))
    except RobotNotRunningError:
        return "sandbox"


def _slug(name: str) -> str:
    """A name of suites or a test as the name of a directory on any system."""
    plain = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:80]
