"""Real probes in a real browser: one portal through its days, and what each probe wrote about it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chukyso.probe.model import Change, Probe
from chukyso.sandbox.client import Sandbox
from chukyso.state import VARIABLE as STATE_VARIABLE
from support.paths import ROOT
from support.probe import Place, nobody, place, portal_at, profile_file, server_context, silent_place

pytestmark = pytest.mark.slow

# A portal that does what a probe must not go along with: it posts, deletes, sends a form (to where a script may post),
# and calls a signing client. What has moved is followed.
RESTLESS = """<!doctype html><html lang="vi"><title>Cổng thử</title>
<h1>Cổng thử</h1><p>Hôm nay 22/11/2026, 08:15</p>
<form id="sent" method="post" action="/config"><input type="hidden" name="a"></form>
<button id="open">Đăng nhập</button><div id="place"></div>
<script src="/main.3f2a9c1b77.js"></script></html>"""
RESTLESS_SCRIPT = """
const dialog = `<mat-dialog-container role="dialog"><app-dialog-login><form>
  <label><input type="radio" name="type"> Tổ chức</label>
  <input formcontrolname="username" placeholder="Mã số thuế"><input formcontrolname="password" type="password">
  <input formcontrolname="textCaptcha" placeholder="Nhập mã kiểm tra">
  <div class="captcha-img"><img alt="captcha" width="90" height="30"
    src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="></div>
  <button type="button">Đăng nhập</button></form></app-dialog-login></mat-dialog-container>`;
document.querySelector("#open").onclick = () => {
  document.querySelector("#place").innerHTML = dialog;
  fetch("/count", { method: "POST", body: "x" }).catch(() => {});
  fetch("/config", { method: "POST", body: "x" }).catch(() => {});
  fetch("/count", { method: "DELETE" }).catch(() => {});
  fetch("/moved", { mode: "no-cors" }).catch(() => {});
  new WebSocket("ws://" + location.host + "/agent?secret=1");
  try {
    new Worker(URL.createObjectURL(new Blob([`new WebSocket("ws://${location.host}/worker")`])));
  } catch { /* as it should be */ }
  document.querySelector("#sent").submit();
};
"""


class Days:
    """What the probes of the data suite wrote."""

    def __init__(self, directory: Path, console: str) -> None:
        self.directory = directory
        self.console = console

    def ended(self, day: str) -> str:
        return (self.directory / day / "ended.txt").read_text(encoding="utf-8")

    def probe(self, day: str) -> Probe:
        return Probe.from_json((self.directory / day / "probe.json").read_text(encoding="utf-8"))

    def page(self, day: str) -> str:
        return (self.directory / day / "probe.html").read_text(encoding="utf-8")

    def codes(self, day: str) -> list[str]:
        return [problem.code for problem in self.probe(day).problems]

    def changes(self, day: str) -> list[str]:
        return [change.what for change in self.probe(day).changes]


def robot(suite: Path, output: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    arguments = [item for name, value in variables.items() for item in ("--variable", f"{name}:{value}")]
    return subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", str(output), *arguments, str(suite)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )


@pytest.mark.nightly
def test_one_portal_through_its_days(sandbox: Sandbox, tmp_path: Path) -> None:
    """One test for all days, so that they cost one browser however the tests are spread over processes."""
    state = tmp_path / "sandbox.json"
    sandbox.details.write(state)
    partly = profile_file(
        tmp_path, "partly", ("""organisation = 'role=radio[name="Tổ chức"]'""", 'organisation = "?"'), base="sandbox"
    )
    with (
        place() as restless,
        place() as elsewhere,
        silent_place() as silent,
        place(server_context(tmp_path)) as stranger,
    ):
        restless.pages |= {"/": RESTLESS, "/main.3f2a9c1b77.js": RESTLESS_SCRIPT, "/config": "{}"}
        restless.moved["/moved"] = f"{elsewhere.url}there"
        done = robot(
            ROOT / "tests" / "robot" / "probe" / "stories.robot",
            tmp_path / "out",
            SANDBOX=state,
            KNOWN_PARTLY=partly,
            RESTLESS=profile_file(tmp_path, "restless", portal_at(restless.url)),
            NOBODY=profile_file(tmp_path, "nobody", portal_at(nobody())),
            SILENT=profile_file(tmp_path, "silent", portal_at(silent), ("page = 30", "page = 2")),
            UNTRUSTED=profile_file(tmp_path, "untrusted", portal_at(stranger.url)),
            ALLOW_POST="/config",
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    days = Days(tmp_path / "out" / "days", done.stdout + done.stderr)
    the_first_probe_has_everything_and_nothing_to_compare_with(days)
    the_same_portal_again_makes_no_difference(days)
    other_words_are_a_warning_and_the_new_standard(days)
    a_changed_layout_is_a_failure_and_no_new_standard(days)
    what_is_missing_is_named(days)
    a_difference_fails_when_that_is_asked_for(days)
    no_more_requests_leave_than_allowed(days)
    what_is_unknown_is_no_failure(days)
    a_probe_only_reads(days, restless)
    a_redirect_is_followed_and_counted(days, elsewhere)
    a_portal_that_cannot_be_reached_has_its_code(days, stranger)
    every_page_stands_alone(days)
    nothing_but_loopback_was_asked(days)


def the_first_probe_has_everything_and_nothing_to_compare_with(days: Days) -> None:
    first = days.probe("First")
    assert (days.ended("First").strip(), first.problems, first.changes, first.compared_with) == ("PASS", (), (), "")
    assert set(first.elements) == {
        "home.login",
        *(
            f"login.{name}"
            for name in ("dialog", "organisation", "username", "password", "captcha", "captcha_picture", "submit")
        ),
    }
    assert set(first.elements.values()) == {"found"}
    assert "Dịch vụ công trực tuyến cho đơn vị sử dụng lao động" in first.texts["home"]
    assert {"Mật khẩu", "Nhập mã kiểm tra", "Tổ chức"} <= set(first.texts["login"])
    own = ROOT / "libraries" / "chukyso" / "sandbox" / "portal" / "static" / "login.js"
    assert first.scripts["/static/login.js"] == hashlib.sha256(own.read_bytes()).hexdigest()
    assert first.headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in first.headers["content-security-policy"]
    assert 20 < first.traffic.requests <= first.traffic.limit == 80
    assert first.traffic.blocked == ()


def the_same_portal_again_makes_no_difference(days: Days) -> None:
    again = days.probe("Same Again")
    assert (days.ended("Same Again").strip(), again.changes) == ("PASS", ())
    assert again.compared_with == days.probe("First").started
    assert "Cổng không thay đổi" in days.page("Same Again")


def other_words_are_a_warning_and_the_new_standard(days: Days) -> None:
    reworded = days.probe("Reworded")
    assert days.ended("Reworded").strip() == "PASS"
    words, script = reworded.changes
    assert (words.what, script.what) == ("Trang chủ: chữ trên trang", "Tệp mã /static/home.js")
    assert "ngày thứ Bảy" in words.before
    assert "ngày thứ Sáu" in words.after
    assert script.before != script.after
    assert re.search(r"WARN.*Cổng có thay đổi", days.console)
    back = days.probe("Reworded Back")
    assert [(change.before, change.after) for change in back.changes] == [
        (change.after, change.before) for change in reworded.changes
    ]


def a_changed_layout_is_a_failure_and_no_new_standard(days: Days) -> None:
    changed = days.probe("Changed")
    assert days.ended("Changed").startswith("FAIL [PORTAL_CHANGED] Không tìm thấy “home.login”")
    assert days.codes("Changed") == ["PORTAL_CHANGED"]
    assert (changed.elements["home.login"], changed.elements["login.password"]) == ("missing", "not-looked")
    assert "Phần tử home.login" in days.changes("Changed")
    assert "Tệp mã /static/header.js" in days.changes("Changed")
    assert Change("Trang chủ: chữ trên trang", "Đăng nhập", "Truy cập hệ thống") in changed.changes
    # Compared with the day before it was changed, not with the changed day.
    assert days.probe("Changed Back").compared_with == days.probe("Reworded Back").started
    assert days.changes("Changed Back") == []


def what_is_missing_is_named(days: Days) -> None:
    assert days.codes("Moved Field") == ["PORTAL_CHANGED"]
    assert "“login.password”" in days.ended("Moved Field")
    moved = days.probe("Moved Field").elements
    assert [key for key, found in moved.items() if found != "found"] == ["login.password"]
    assert days.codes("No Captcha") == ["CAPTCHA_PICTURE_MISSING"]
    assert "hình mã kiểm tra" in days.ended("No Captcha")


def a_difference_fails_when_that_is_asked_for(days: Days) -> None:
    assert days.codes("Strict") == ["PROBE_DIFFERENT"]
    assert days.ended("Strict").startswith("FAIL [PROBE_DIFFERENT] Cổng khác lần thăm dò tốt gần nhất ở 2 điểm")


def no_more_requests_leave_than_allowed(days: Days) -> None:
    limited = days.probe("Too Many Requests")
    assert days.codes("Too Many Requests")[0] == "PROBE_LIMIT"
    assert limited.traffic.limit == 5
    assert len(limited.traffic.blocked) == limited.traffic.requests - 5
    assert len(limited.scripts) <= 5
    # What it could not see is said by the problem, and is no change of the portal.
    assert not [what for what in days.changes("Too Many Requests") if "Tệp mã" in what]


def what_is_unknown_is_no_failure(days: Days) -> None:
    assert days.ended("Known Partly").strip() == "PASS"
    assert days.probe("Known Partly").elements["login.organisation"] == "unknown"
    assert "? chưa biết" in days.page("Known Partly")


def a_probe_only_reads(days: Days, restless: Place) -> None:
    probe = days.probe("Not Reading Only")
    assert days.ended("Not Reading Only").strip() == "PASS"
    origin = restless.url.rstrip("/")
    assert sorted(probe.traffic.blocked) == [
        "DELETE /count",
        "POST /config",  # the form
        "POST /count",
        f"WEBSOCKET ws://{origin.partition('//')[2]}/agent",
    ]
    assert sorted(restless.asked) == ["GET /", "GET /main.3f2a9c1b77.js", "GET /moved", "POST /config"]
    assert "Hôm nay ‹ngày›, ‹giờ›" in probe.texts["home"]
    assert set(probe.elements.values()) == {"found"}


def a_redirect_is_followed_and_counted(days: Days, elsewhere: Place) -> None:
    assert elsewhere.asked == ["GET /there"]
    traffic = days.probe("Not Reading Only").traffic
    assert traffic.hosts[elsewhere.url.split("/")[2]] == 1
    assert traffic.requests == sum(traffic.hosts.values()) == 9


def a_portal_that_cannot_be_reached_has_its_code(days: Days, stranger: Place) -> None:
    assert days.codes("Nobody There") == ["PORTAL_UNREACHABLE"]
    assert days.codes("Silent") == ["PORTAL_TIMEOUT"]
    assert days.ended("Silent").startswith("FAIL [PORTAL_TIMEOUT] Cổng không trả lời trong 2 giây")
    assert days.codes("Untrusted") == ["PORTAL_TLS"]
    assert "tổ chức nào cấp" in days.ended("Untrusted")
    assert (stranger.connections, stranger.asked) == (1, []), "not even the browser went there"


def every_page_stands_alone(days: Days) -> None:
    for page in sorted(days.directory.glob("*/probe.html")):
        text = page.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert not re.search(r"<script|<link|<img|src=|url\((?!data:)", text), page


def nothing_but_loopback_was_asked(days: Days) -> None:
    for file in days.directory.glob("*/probe.json"):
        hosts = json.loads(file.read_text(encoding="utf-8"))["traffic"]["hosts"]
        assert {host.partition(":")[0] for host in hosts} <= {"127.0.0.1"}, file


def test_the_suite_itself_in_a_night(sandbox: Sandbox, tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    sandbox.details.write(state)
    night = tmp_path / "2026-11-22T2300"
    done = robot(ROOT / "suites" / "portal-probe.robot", night / "pabot_results" / "0", SANDBOX=state)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    told: dict[str, Any] = json.loads((night / "probe.json").read_text(encoding="utf-8"))
    assert (told["changes"], told["problems"]) == ([], [])
    assert (night / "probe.html").is_file()
    kept = Path(os.environ[STATE_VARIABLE]) / "probe" / "sandbox" / "probe-last-good.json"
    assert kept.read_bytes() == (night / "probe.json").read_bytes()


def test_a_misspelt_variable_is_refused(tmp_path: Path) -> None:
    done = robot(ROOT / "suites" / "portal-probe.robot", tmp_path, STRIKT_PROBE="True")
    assert done.returncode != 0
    assert "OPTION_UNKNOWN" in done.stdout
    assert "STRICT_PROBE" in done.stdout
