"""The files under deploy/: their syntax, and that what they start is there."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from xml.etree.ElementTree import fromstring

import pytest

from support.paths import ROOT

ANALYZE = shutil.which("systemd-analyze") or ""
DEPLOY = ROOT / "deploy"
PLACE = "/opt/bhxh-chu-ky-so"
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
# The order in which the schema of Task Scheduler 1.2 has them; it refuses any other.
SETTINGS = [
    *("MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "AllowHardTerminate"),
    *("StartWhenAvailable", "RunOnlyIfNetworkAvailable", "IdleSettings", "AllowStartOnDemand", "Enabled", "Hidden"),
    *("RunOnlyIfIdle", "WakeToRun", "ExecutionTimeLimit", "Priority"),
]


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd have capitals
    parser.read(DEPLOY / "systemd" / name, encoding="utf-8")
    return parser


def is_our_command(command: str) -> None:
    """Assert that a command runs the job of this checkout that it names."""
    words = shlex.split(command)
    script = next(word for word in words if word.endswith("bootstrap.py"))
    assert (ROOT / script.removeprefix(f"{PLACE}/")).is_file()
    job = words[words.index(script) + 1]
    usage = subprocess.run(
        [sys.executable, str(ROOT / "bootstrap.py"), job, "--help"], capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert re.search(rf"^  {job} ", usage, re.MULTILINE)


def test_the_service_starts_the_job() -> None:
    service = unit("chukyso-nightly.service")["Service"]
    is_our_command(service["ExecStart"])
    assert service["WorkingDirectory"] == service["ReadWritePaths"] == PLACE
    documentation = unit("chukyso-nightly.service")["Unit"]["Documentation"].removeprefix(f"file:{PLACE}/")
    assert (ROOT / documentation).is_file()


@pytest.mark.skipif(not ANALYZE, reason="systemd only")
def test_systemd_finds_no_fault() -> None:
    units = [str(path) for path in sorted((DEPLOY / "systemd").iterdir())]
    done = subprocess.run([ANALYZE, "verify", *units], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    when = unit("chukyso-nightly.timer")["Timer"]["OnCalendar"]
    assert subprocess.run([ANALYZE, "calendar", when], capture_output=True, check=False).returncode == 0


def test_crons_line_starts_the_job() -> None:
    lines = (DEPLOY / "cron" / "chukyso-nightly").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line and not line.startswith("#") and not re.match(r"\w+=", line)]
    minute, hour, day, month, weekday, user, command = line.split(maxsplit=6)
    assert (int(minute), int(hour), day, month, weekday, user) == (30, 1, "*", "*", "*", "chukyso")
    is_our_command(command)
    # Run as cron would, in this checkout, with the job's help instead of a night.
    here = command.replace(PLACE, shlex.quote(str(ROOT))).replace("nightly 2>&1", "nightly --help 2>&1")
    done = subprocess.run(["/bin/sh", "-c", here], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout
    assert "nightly" in done.stdout


def test_windows_task_is_in_the_schemas_order() -> None:
    root = fromstring((DEPLOY / "windows" / "chukyso-nightly.xml").read_bytes())  # noqa: S314 - our own file
    assert [child.tag.removeprefix(TASK) for child in root] == ["RegistrationInfo", "Triggers", "Settings", "Actions"]
    settings = root.find(f"{TASK}Settings")
    assert settings is not None
    names = [child.tag.removeprefix(TASK) for child in settings]
    assert names == [name for name in SETTINGS if name in names]
    action = root.find(f"{TASK}Actions/{TASK}Exec")
    assert action is not None
    assert [child.tag.removeprefix(TASK) for child in action] == ["Command", "Arguments", "WorkingDirectory"]
    is_our_command(str(action.findtext(f"{TASK}Arguments")))
