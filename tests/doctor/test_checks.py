"""Every line of the doctor, when all is well and when it is not: real tokens, ports, servers and directories."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from chukyso.doctor import checks_machine
from chukyso.doctor.ask import ask
from chukyso.doctor.examine import CHECKS, Check, as_document, check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.local_network import decided, policies_of
from chukyso.doctor.model import Finding, Level, Question, ok
from chukyso.errors import ChukysoError
from chukyso.pin.memory import FailedPins
from support.probe import nobody, place, portal_at, profile_file
from support.shim import make_bench
from support.token import MST, OTHER_MST, PIN, WRONG_PIN, SoftHsm, issue, softhsm_token

pytestmark = pytest.mark.usefixtures("loopback_only")

SECRET = "Hoa-Sen-2026!"


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    return softhsm_token(tmp_path / "hsm")


def look(name: str, profile: str | Path = "sandbox", **asked: Any) -> Finding:
    return make(check_named(name), Facts(ask(str(profile), **asked)))


def on(hsm: SoftHsm, **asked: Any) -> dict[str, Any]:
    return {"token_module": str(hsm.module), "token_environment": hsm.environment, **asked}


def shows(finding: Finding, level: Level, *parts: str) -> None:
    assert finding.level is level, finding
    text = f"{finding.found} {finding.action} {finding.detail}"
    assert not [part for part in parts if part not in text], text
    assert bool(finding.action) is (level is not Level.OK)


# Browser


def test_a_missing_browser_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    shows(look("browser"), Level.FAILED, "BROWSER_MISSING")


def test_a_browser_that_does_not_start_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin/nothing")
    shows(look("browser"), Level.FAILED, "BROWSER_FAILED", "ended with code 3")


# Token


def test_a_token_that_is_well(hsm: SoftHsm) -> None:
    serial = hsm.add_token("Văn thư", entries=[issue()])
    asked = on(hsm, tax_code=MST)
    shows(look("module", **asked), Level.OK, str(hsm.module))
    shows(look("token", **asked), Level.OK, serial, "1 chứng thư số")
    shows(look("pin-state", **asked), Level.OK, "không thử")
    shows(look("certificate", **asked), Level.OK, MST, "chưa biết khi chưa đăng nhập")


def test_a_module_that_is_none_fails(tmp_path: Path) -> None:
    for content, code in ((b"", "MODULE_"), (b"not a library", "MODULE_")):
        (tmp_path / "module.so").write_bytes(content)
        shows(look("module", token_module=str(tmp_path / "module.so")), Level.FAILED, code)
    shows(look("module", token_module=str(tmp_path / "nowhere.so")), Level.FAILED, "MODULE_NOT_FOUND")


def test_a_library_that_is_no_driver_fails() -> None:
    library = next(Path("/usr/lib").glob("*/libz.so.1"))
    shows(look("module", token_module=str(library)), Level.FAILED, "MODULE_LOAD_FAILED")


def test_no_token_and_too_many_fail(hsm: SoftHsm) -> None:
    shows(look("token", **on(hsm)), Level.FAILED, "TOKEN_NOT_FOUND")
    shows(look("certificate", **on(hsm)), Level.WARNING, "dòng “Token”")
    first, _second = hsm.add_token("một"), hsm.add_token("hai")
    shows(look("token", **on(hsm)), Level.FAILED, "TOKEN_AMBIGUOUS")
    shows(look("token", **on(hsm, token_serial=first)), Level.OK, first)


@pytest.mark.parametrize(
    ("state", "level", "code"),
    [
        ("locked", Level.FAILED, "PIN_LOCKED"),
        ("final-try", Level.FAILED, "PIN_FINAL_TRY"),
        ("count-low", Level.WARNING, "nhập sai"),
    ],
)
def test_pin_states_of_the_sandboxs_tokens(account: Any, state: str, level: Level, code: str) -> None:
    details = account(pin_state=state)
    asked = {"token_module": str(details.token_module), "token_environment": details.token_environment}
    shows(look("pin-state", **asked), level, code)


def test_a_pin_that_was_refused_on_this_machine_is_a_warning(hsm: SoftHsm) -> None:
    serial = hsm.add_token("Văn thư", entries=[issue()])
    FailedPins().remember(serial, WRONG_PIN)
    found = look("pin-state", **on(hsm))
    shows(found, Level.WARNING, "đã từ chối một mã PIN")
    assert WRONG_PIN not in repr(found)


@pytest.mark.parametrize(
    ("certificate", "account", "level", "text"),
    [
        ({"ends": 20}, MST, Level.WARNING, "Sắp hết hạn"),
        ({"ends": 32}, MST, Level.OK, "còn 3"),
        ({"ends": -1}, MST, Level.FAILED, "CERT_EXPIRED"),
        ({"starts": 5}, MST, Level.FAILED, "CERT_NOT_YET_VALID"),
        ({}, OTHER_MST, Level.FAILED, "CERT_MST_MISMATCH"),
        ({"ends": 20}, "", Level.WARNING, MST),
    ],
)
def test_the_certificate_that_would_be_chosen(
    hsm: SoftHsm, certificate: dict[str, int], account: str, level: Level, text: str
) -> None:
    hsm.add_token("Văn thư", entries=[issue(**certificate)])
    shows(look("certificate", **on(hsm, tax_code=account)), level, text)


def test_without_an_account_several_tax_codes_are_a_question(hsm: SoftHsm) -> None:
    hsm.add_token("Văn thư", entries=[issue(), issue(OTHER_MST)])
    shows(look("certificate", **on(hsm)), Level.WARNING, MST, OTHER_MST, "TAX_CODE")


def test_the_sandboxs_prerequisites_instead_of_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    shows(look("module"), Level.OK, "SoftHSM2")
    for name in ("token", "pin-state", "certificate"):
        shows(look(name), Level.OK, "sandbox")
    monkeypatch.setattr("chukyso.token.modules.Places.of_this_system", lambda: type("None", (), {"softhsm": ()}))
    shows(look("module"), Level.FAILED, "SOFTHSM_MISSING")


# Secrets


def test_secrets_that_can_be_had_are_not_shown_and_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_PASSWORD", SECRET)
    kept = tmp_path / "pin"
    kept.write_text(PIN, encoding="utf-8")
    kept.chmod(0o600)
    for found in (
        look("portal-password"),
        look("token-pin", token_pin=f"file:{kept}"),
        look("token-pin", token_pin="ask:"),
    ):
        shows(found, Level.OK)
        assert SECRET not in repr(found)
        assert PIN not in repr(found)
    assert os.environ["PORTAL_PASSWORD"] == SECRET


def test_secrets_that_cannot_be_had_fail_without_being_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTHING_IN_IT", "")
    real = profile_file(tmp_path, "real", portal_at(nobody()))
    shows(look("portal-password", real), Level.FAILED, "SECRET_UNREADABLE")
    for reference in ("env:NOBODY_SET_THIS", "env:NOTHING_IN_IT", f"file:{tmp_path}/nowhere", "vault:a#b"):
        shows(look("token-pin", token_pin=reference), Level.FAILED, "SECRET_UNREADABLE")
    found = look("portal-password", portal_password=SECRET)
    shows(found, Level.FAILED, "SECRET_REFERENCE_INVALID")
    assert SECRET not in repr(found)


def test_a_secret_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    kept = tmp_path / "pin"
    kept.write_text(PIN, encoding="utf-8")
    kept.chmod(0o644)
    shows(look("token-pin", token_pin=f"file:{kept}"), Level.WARNING, "chmod 600")


# Clock


@pytest.mark.parametrize(
    ("skew", "level", "text"),
    [
        (timedelta(0), Level.OK, "khớp"),
        (timedelta(seconds=-40), Level.OK, "khớp"),
        (timedelta(minutes=-2), Level.WARNING, "chậm hơn"),
        (timedelta(minutes=3), Level.WARNING, "nhanh hơn"),
        (timedelta(minutes=9), Level.FAILED, "nhanh hơn giờ của cổng 9 phút"),
        (timedelta(days=-400), Level.FAILED, "chậm hơn giờ của cổng"),
    ],
)
def test_the_clock_against_a_server_with_another_one(tmp_path: Path, skew: timedelta, level: Level, text: str) -> None:
    with place() as portal:
        portal.date = format_datetime(datetime.now(UTC) - skew, usegmt=True)
        shows(look("clock", profile_file(tmp_path, "real", portal_at(portal.url))), level, text)
        assert portal.asked == ["HEAD /"], "one request, and nothing is read"


def test_a_portal_without_clock_is_a_warning_that_says_so(tmp_path: Path) -> None:
    shows(look("clock", profile_file(tmp_path, "real", portal_at(nobody()))), Level.WARNING, "không hỏi được giờ")
    with place() as portal:
        portal.date = "gestern"
        shows(look("clock", profile_file(tmp_path, "real", portal_at(portal.url))), Level.WARNING, "gestern")
    unknown = profile_file(tmp_path, "unknown", ('url = "https://dichvucong.baohiemxahoi.gov.vn/"', 'url = "?"'))
    shows(look("clock", unknown), Level.WARNING, "chưa biết địa chỉ cổng")
    shows(look("clock"), Level.OK, "sandbox chưa chạy")


# Output, ports, font


def test_an_output_directory_that_is_well_is_left_alone(tmp_path: Path) -> None:
    before = tmp_path.stat()
    shows(look("output", output=tmp_path / "new" / "results"), Level.OK, "ghi được")
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mtime_ns == before.st_mtime_ns


def test_an_output_directory_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shows(look("output", output=tmp_path / "file" / "results"), Level.FAILED, "OUTPUT_NOT_WRITABLE")
    shows(look("output", output=Path("/proc/nothing/results")), Level.FAILED, "OUTPUT_NOT_WRITABLE")


def test_a_full_disk_fails_and_a_fuller_one_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(checks_machine, "LITTLE_SPACE", 2 * free)
    shows(look("output", output=tmp_path), Level.WARNING, "sắp đầy")
    monkeypatch.setattr(checks_machine, "LEAST_SPACE", 2 * free)
    shows(look("output", output=tmp_path), Level.FAILED, "Xóa bớt tệp")


def test_a_port_that_is_taken_fails() -> None:
    shows(look("agent-port"), Level.OK, "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shows(look("agent-port", agent_port=port), Level.FAILED, "AGENT_PORT_TAKEN", str(port))
    shows(look("agent-port", agent_port=port), Level.OK, str(port))


# Local Network Access

AGENT = ('kind = "client" ', 'kind = "agent" ')
PORTAL = "https://portal.example/"


def public(tmp_path: Path, url: str = PORTAL) -> Question:
    """A question about a public portal that uses our agent; it is never contacted by this check."""
    real = ('url = "https://dichvucong.baohiemxahoi.gov.vn/"', f'url = "{url}"')
    return ask(str(profile_file(tmp_path, "public", real, AGENT)))


@pytest.mark.parametrize(
    ("version", "url", "policies", "level", "text"),
    [
        ("Chrome/140.0.1", PORTAL, {}, Level.OK, "chưa đòi"),
        ("Chrome/156.0.1", PORTAL, {}, Level.WARNING, "chọn Cho phép"),
        ("Chrome/156.0.1", "http://portal.example/", {}, Level.FAILED, "https"),
        ("Chrome/156.0.1", "http://127.0.0.1:8/", {}, Level.OK, "ngay trên máy này"),
        ("Chrome/156.0.1", PORTAL, {"LoopbackNetworkAllowedForUrls": ["[*.]example"]}, Level.OK, "đã cho phép"),
        ("Chrome/156.0.1", PORTAL, {"LocalNetworkAccessBlockedForUrls": ["*"]}, Level.FAILED, "cấm"),
        ("unknown", PORTAL, {}, Level.WARNING, "không rõ phiên bản"),
    ],
)
def test_local_network_access(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    url: str,
    policies: dict[str, list[str]],
    level: Level,
    text: str,
) -> None:
    facts = Facts(public(tmp_path, url))
    facts.version = version
    monkeypatch.setattr(checks_machine, "policies_of", lambda _executable: policies)
    shows(make(check_named("local-network"), facts), level, text)


def test_the_portals_own_windows_need_no_permission(tmp_path: Path) -> None:
    shows(look("local-network", profile_file(tmp_path, "real", portal_at(nobody()))), Level.OK, "cửa sổ của cổng")


def test_policies_are_read_as_the_browser_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"LoopbackNetworkBlockedForUrls": ["https://portal.example"]}', encoding="utf-8")
    (tmp_path / "b.json").write_text("{ not json", encoding="utf-8")
    policies = policies_of(Path("/usr/bin/chromium"), tmp_path)
    assert decided(PORTAL, policies) is False
    assert decided("https://other.example/", policies) is None


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("portal.example", True),
        ("https://portal.example:443", True),
        ("https://portal.example:8443", False),
        ("http://portal.example", False),
        ("[*.]example", True),
        ("[*.]portal.example", True),
        ("[*.]tal.example", False),
        ("example", False),
    ],
)
def test_patterns_of_policies(pattern: str, named: bool) -> None:
    assert (decided(PORTAL, {"LoopbackNetworkAllowedForUrls": [pattern]}) is True) is named


def test_the_more_particular_policy_decides() -> None:
    both = {"LocalNetworkAccessBlockedForUrls": ["*"], "LoopbackNetworkAllowedForUrls": ["portal.example"]}
    assert decided(PORTAL, both) is True


# All of them


def test_a_check_that_breaks_is_a_finding_and_stops_no_other() -> None:
    def broken(_facts: Facts) -> Finding:
        raise RuntimeError("driver gone mad")

    found = make(Check("broken", "Hỏng", broken), Facts(ask("sandbox")))
    shows(found, Level.FAILED, "RuntimeError: driver gone mad")


@pytest.mark.parametrize("reference", ["env:TOKEN_PIN", "ask:"])
def test_nobody_logs_in_and_nobody_is_asked(
    shim: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    """The PIN is there and right: a login would leave no trace on the token, so its driver keeps a journal."""
    bench = make_bench(shim, tmp_path / "hsm")
    pinentry, opened = tmp_path / "pinentry", tmp_path / "opened"
    pinentry.write_text(f"#!/bin/sh\necho dialog >{opened}\n", encoding="utf-8")
    pinentry.chmod(0o755)
    monkeypatch.setenv("CHUKYSO_PINENTRY", str(pinentry))
    monkeypatch.setenv("TOKEN_PIN", PIN)
    seen = on(bench.hsm, token_module=str(shim), token_environment=bench.environment(""), tax_code=MST)
    facts = Facts(ask("sandbox", token_pin=reference, **seen))
    for check in CHECKS:
        if check.name != "browser":  # has no token and takes seconds
            shows(make(check, facts), Level.OK)
    assert "C_OpenSession" in bench.journal
    assert not [line for line in bench.journal if "Login" in line or "read-write" in line]
    assert not opened.exists()


def test_names_are_unique_and_an_unknown_one_is_refused() -> None:
    assert len({check.name for check in CHECKS}) == len({check.title for check in CHECKS}) == len(CHECKS)
    with pytest.raises(ChukysoError, match="OPTION_INVALID"):
        check_named("nothing")
    document = as_document("sandbox", [(CHECKS[0], ok("tốt"))])
    assert (document["ok"], document["checks"][0]["name"]) == (True, CHECKS[0].name)


@pytest.mark.skipif(sys.platform == "win32", reason="there the portal's own client has its windows")
def test_a_portal_whose_client_has_no_windows_here_is_said_so(tmp_path: Path) -> None:
    shows(look("signer", profile_file(tmp_path, "agent", portal_at(nobody()), AGENT)), Level.OK)
    shows(
        look("signer", profile_file(tmp_path, "window", portal_at(nobody()))),
        Level.FAILED,
        "chỉ đọc và bấm được trên Windows",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there it needs nothing")
def test_what_the_sandboxs_native_windows_need_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    shows(look("signer", "sandbox-client"), Level.FAILED, "WINE_MISSING", "apt-get install", "xvfb")
    shows(look("signer", "sandbox"), Level.OK)
