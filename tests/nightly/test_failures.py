"""First-failure data: what is kept of a test that fails on a real page; no secret is in it, and it is bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chukyso.browser import can_sandbox_processes, find_browser
from chukyso.figures.taking import png_size
from chukyso.nightly.failures import (
    BYTES_A_FAILURE,
    FAILURES_KEPT,
    STOPPED,
    Nearest,
    failure_pages,
    nearest_matches,
    stopped,
)
from chukyso.nightly.redaction import COVER, Redactor
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.options import ScenarioOptions
from NightlyListener import folder as folder_module
from NightlyListener.collectors import Collector, Subject
from NightlyListener.folder import FailureFolders
from NightlyListener.locators import nearest
from support.canary import leaks
from support.paths import ROBOT, ROOT

DATA = ROBOT / "nightly"
PASSWORD, PIN, OTHER = "Mat-Khau/Đêm+5512", "73194482", "khóa & cửa <hàng>"
SUBJECT = Subject("Suite.Test", "Suite.Test", "broke", None)


def robot(output: Path, *arguments: str, **environment: str) -> int:
    command = [sys.executable, "-m", "robot", "--outputdir", str(output), "--listener", f"NightlyListener;{output}"]
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=180,
        check=False,
    ).returncode


@pytest.fixture(scope="module")
def night(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two of three tests failed on a page of the sandbox's portal."""
    output = tmp_path_factory.mktemp("failures")
    details = Control(sandbox.details).scenario(ScenarioOptions(password=PASSWORD, pin=PIN))
    details.write(output / "state.json")
    variables = {"STATE": output / "state.json", "CHROMIUM": find_browser(), "SANDBOXED": can_sandbox_processes()}
    given = [part for name, value in variables.items() for part in ("--variable", f"{name}:{value}")]
    canaries = {"PASSWORD_CANARY": PASSWORD, "PIN_CANARY": PIN, "OTHER_CANARY": OTHER}
    assert robot(output, *given, str(DATA / "portal.robot"), **canaries) == 2
    (output / "state.json").unlink()
    return output


@pytest.fixture(scope="module")
def folder(night: Path) -> Path:
    return (night / failure_pages(night)["Portal.A Page With Secrets"]).parent


@pytest.mark.slow
def test_each_failed_test_has_a_folder(night: Path) -> None:
    assert set(failure_pages(night)) == {"Portal.A Page With Secrets", "Portal.A Failing Teardown"}


@pytest.mark.slow
def test_everything_is_collected_before_the_teardown_closes_it(folder: Path) -> None:
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    files = ["picture.png", "page.html.txt", "console.json", "network.json", "token.json", "sandbox.log"]
    assert list(about["files"]) == files, about
    assert list(about["notes"]) == ["Phần tử gần giống"]  # it was no element that failed
    assert {name: (folder / name).stat().st_size for name in files} == about["files"]
    assert png_size((folder / "picture.png").read_bytes()) > (600, 400)
    assert "Xin chào" in (folder / "page.html.txt").read_text(encoding="utf-8")
    console = json.loads((folder / "console.json").read_text(encoding="utf-8"))
    assert any("canary" in entry["text"] for entry in console["console"])
    assert [error["message"] for error in console["errors"]] == [f"uncaught {COVER}"]
    requests = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    paths = ["/api/nothing", f"/api/{COVER}"]
    assert [urlsplit(one["url"]).path for one in requests["timings"]] == paths
    assert {one["status"] for one in requests["timings"]} == {404}
    assert [urlsplit(one["url"]).path for one in requests["console"]] == paths
    assert any(token["pin_state"] == "ok" for token in json.loads((folder / "token.json").read_text(encoding="utf-8")))
    log = (folder / "sandbox.log").read_text(encoding="utf-8")
    assert [path for path in paths if f"GET {path} -> 404" in log] == paths


@pytest.mark.slow
@pytest.mark.parametrize("secret", [PASSWORD, PIN, OTHER])
def test_no_secret_is_in_any_of_the_files(night: Path, secret: str) -> None:
    assert leaks(night / "failures", secret) == []


@pytest.mark.slow
def test_the_pages_source_is_its_structure_only(folder: Path) -> None:
    """What people typed is no secret that the process knows: nothing else would cover it."""
    source = (folder / "page.html.txt").read_text(encoding="utf-8")
    assert '<input name="who"' in source
    found = [text for text in ("Typed", "An Inline Program", "R0lGODlhAQABAAAAACwAAAAAAQABAAA=") if text in source]
    assert found == []


@pytest.mark.slow
def test_the_folder_is_linked_from_the_log_and_shows_the_message(night: Path, folder: Path) -> None:
    output = (night / "output.xml").read_text(encoding="utf-8")
    assert f'href="failures/{folder.name}/index.html"' in output.replace("&quot;", '"')
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f"Cổng không trả lời {COVER}." in page
    assert 'src="picture.png"' in page


@pytest.mark.slow
def test_a_failing_test_stays_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < BYTES_A_FAILURE


@pytest.mark.slow
def test_an_element_that_is_not_found_is_told_with_what_is_most_like_it(sandbox: Sandbox, tmp_path: Path) -> None:
    assert robot(tmp_path, "--variable", f"URL:{sandbox.details.portal_url}", str(DATA / "locator.robot")) == 1
    told = nearest_matches(tmp_path)
    assert told == {
        "Locator.A Renamed Button": Nearest(
            'role=banner >> role=button[name="Đăng nhập"]', 'role=button[name="Đăng nhập hệ thống"]'
        )
    }


@pytest.mark.parametrize(
    ("locator", "wanted"),
    [
        ('[data-certificate="new"] [data-field="serial"]', '[data-field="serials"]'),
        ("#accountMenuBtn .idAccount", ".id-account"),
        ('mat-dialog-container >> role=button[name="Chọn đơn vị"]', 'role=button[name="Chọn"]'),
        ("#nothing-like-it-at-all", ""),
    ],
)
def test_the_nearest_match_is_of_the_elements_own_step(locator: str, wanted: str) -> None:
    page = ['[data-field="serials"]', ".id-account", "#menu", 'role=button[name="Chọn"]', "app-root"]
    assert nearest(locator, page) == wanted


def test_a_failed_set_up_is_collected_once_for_all_its_tests(tmp_path: Path) -> None:
    assert robot(tmp_path, str(DATA / "setup")) == 2
    pages = failure_pages(tmp_path)
    assert set(pages) == {"Setup.Broken.The First Test", "Setup.Broken.The Second Test"}
    assert len(set(pages.values())) == 1
    assert len(list((tmp_path / "failures").iterdir())) == 1


def test_no_more_failures_are_kept_than_the_limit_says(tmp_path: Path) -> None:
    folders = FailureFolders(tmp_path / "failures")
    for number in range(1, FAILURES_KEPT + 1):
        (tmp_path / "failures" / f"{number:02}").mkdir(parents=True)
    assert folders.collect(SUBJECT) is None
    assert stopped(tmp_path)
    assert str(FAILURES_KEPT) in (tmp_path / "failures" / STOPPED).read_text(encoding="utf-8")


def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *collectors: Collector) -> dict[str, dict[str, object]]:
    monkeypatch.setattr(folder_module, "COLLECTORS", collectors)
    folder = FailureFolders(tmp_path).collect(SUBJECT)
    assert folder is not None
    about: dict[str, dict[str, object]] = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    return about


def test_a_collector_that_hangs_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr(folder_module, "_SECONDS_EACH", 0.1)

    def hang(_subject: Subject, _folder: Path) -> bytes:
        held.wait(60)
        return b""

    about = collected(
        tmp_path, monkeypatch, Collector("a.txt", "A", hang, 10), Collector("b.txt", "B", lambda *_: b"b", 10)
    )
    held.set()
    assert about["files"] == {"b.txt": 1}
    assert "không trả lời" in str(about["notes"]["A"])


def test_a_collector_that_fails_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_subject: Subject, _folder: Path) -> bytes:
        raise SystemExit("the driver is gone")

    about = collected(tmp_path, monkeypatch, Collector("a.txt", "A", fail, 10))
    assert about["notes"] == {"A": "SystemExit: the driver is gone"}


def test_what_is_too_large_is_cut_after_it_was_redacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_PIN", PIN)
    text = f"{'x' * 3990}{PIN}{'y' * 5000}".encode()
    about = collected(
        tmp_path,
        monkeypatch,
        Collector("first.txt", "First", lambda *_: text, 4000),
        Collector("last.txt", "Last", lambda *_: text, 4000, keep_end=True),
        Collector("picture.png", "Picture", lambda *_: b"P" * 9000, 4000, is_text=False),
    )
    assert set(about["files"]) == {"first.txt", "last.txt"}
    assert (tmp_path / "01" / "first.txt").read_bytes().endswith("x•••".encode())
    assert (tmp_path / "01" / "last.txt").read_bytes() == b"y" * 4000
    assert about["notes"]["Picture"] == "lớn hơn 4 kB"


@pytest.mark.parametrize(("privacy", "seen"), [("masked", False), ("full", True)])
def test_personal_data_of_a_masked_run_is_in_none_of_the_files(tmp_path: Path, privacy: str, seen: bool) -> None:
    assert robot(tmp_path, "--variable", f"PRIVACY:{privacy}", str(DATA / "privacy.robot")) == 2
    for name, value in (("A Run", "ke.toan@congty.example"), ("Before A Run", "0912345678")):
        folder = (tmp_path / failure_pages(tmp_path)[f"Privacy.{name}"]).parent
        for file in ("about.json", "index.html"):
            assert (value in (folder / file).read_text(encoding="utf-8")) is seen, (name, file)


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("Authorization: Bearer abc.def-123", "Authorization: ••••••••"),
        ('{"password": "geheim-7"}', '{"password": "••••••••"}'),
        ("GET /login?session=A1B2C3&x=1", "GET /login?session=••••••••&x=1"),
        ("mật khẩu: bi-mat-1", "mật khẩu: ••••••••"),
        ("the token is ready", "the token is ready"),
    ],
)
def test_credentials_that_nobody_named_are_covered(text: str, covered: str) -> None:
    assert Redactor([])(text) == covered
