"""Marker secrets go through a whole run; then everything that it left behind is searched for them."""

from __future__ import annotations

import base64
import zipfile
import zlib
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError
from chukyso.prerequisites import check_native_windows
from support.canary import PASSWORD, PIN, Watch, leaks, spellings
from support.paths import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("given_by", "level"), [("environment", "TRACE"), pytest.param("file", "INFO", marks=pytest.mark.nightly)]
)
def test_no_secret_is_left_anywhere(account, run_update, tmp_path: Path, level: str, given_by: str) -> None:
    details = account(password=PASSWORD, pin=PIN)
    secrets = {"env": {"PORTAL_PASSWORD": PASSWORD, "TOKEN_PIN": PIN}} if given_by == "environment" else {}
    references = {"PORTAL_PASSWORD": "env:PORTAL_PASSWORD", "TOKEN_PIN": "env:TOKEN_PIN"} if secrets else {}
    watch = Watch()
    watch.start()
    run = run_update(details, arguments=("--loglevel", level), **secrets, **references)
    watch.stopped.set()
    watch.join()
    run.ended("updated")
    assert {"node", "chromium"} & {name for name, _ in watch.seen}, "the watch saw no browser: it would find nothing"
    assert not watch.leaks
    for secret in (PASSWORD, PIN):
        assert not leaks(run.directory, secret)
        assert secret not in run.console


def test_no_secret_is_left_by_the_portals_own_client(run_update, tmp_path: Path) -> None:
    """The PIN goes through a native window, its program and the native host; none of it is the browser's."""
    try:
        check_native_windows()
    except ChukysoError as error:
        pytest.skip(str(error))
    scratch = tmp_path / "t"
    scratch.mkdir()
    watch = Watch()
    watch.start()
    secrets = {"PORTAL_PASSWORD": PASSWORD, "TOKEN_PIN": PIN, "TMPDIR": str(scratch)}
    run = run_update(None, PROFILE="sandbox-client", env=secrets, arguments=("--loglevel", "TRACE"))
    watch.stopped.set()
    watch.join()
    run.ended("updated")
    assert {"python.exe", "chromium"} <= {name for name, _ in watch.seen} | {"chromium"}
    assert not watch.leaks
    for secret in (PASSWORD, PIN):
        assert not leaks(run.directory, secret)
        assert secret not in run.console
    assert not list(scratch.iterdir()), "something was left behind"


@pytest.mark.nightly
def test_no_secret_when_the_password_cannot_be_typed(account, run_update) -> None:
    """Playwright quotes what it failed to type."""
    run = run_update(
        account(password=PASSWORD, pin=PIN),
        suite=ROOT / "tests" / "robot" / "update" / "bad_days.robot",
        arguments=("--task", "Password Cannot Be Typed", "--loglevel", "TRACE"),
    )
    run.ended("failed", "ELEMENT_NOT_READY")
    assert not leaks(run.directory, PASSWORD)
    assert PASSWORD not in run.console


@pytest.mark.parametrize(
    ("code", "variables"),
    [
        ("MST_INVALID", {"TAX_CODE": "0101234567"}),
        pytest.param("", {"DRY_RUN": True}, marks=pytest.mark.nightly),
    ],
    ids=["run stops before it reads them", "run is given others"],
)
def test_no_child_inherits_variables_that_the_run_does_not_read(account, run_update, code: str, variables) -> None:
    watch = Watch()
    watch.start()
    run = run_update(account(), env={"PORTAL_PASSWORD": PASSWORD, "TOKEN_PIN": PIN}, **variables)
    watch.stopped.set()
    watch.join()
    run.ended("stopped" if code else "dry-run", code)
    assert not watch.leaks


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    for number, (name, form) in enumerate(spellings(PIN).items()):
        place = tmp_path / str(number)
        place.mkdir()
        (place / "file.txt").write_bytes(b"before " + form + b" after")
        assert leaks(place, PIN), name
    for before in range(3):  # in the middle of a longer base64 text, in every alignment
        place = tmp_path / f"shift-{before}"
        place.mkdir()
        text = base64.b64encode(b"x" * (30 + before) + PIN.encode() + b"more text")
        (place / "file.txt").write_bytes(text)
        assert leaks(place, PIN)
    with zipfile.ZipFile(tmp_path / "trace.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("network.json", f'{{"body": "{PASSWORD}"}}')
    packed = base64.b64encode(zlib.compress(PASSWORD.encode())).decode()
    (tmp_path / "log.html").write_text(f'window.output["strings"] = ["*","*{packed}"]', encoding="utf-8")
    assert {place.partition("!")[2].partition(":")[0] for place in leaks(tmp_path, PASSWORD)} >= {
        "network.json",
        "text",
    }
