"""The portal's page signs by extension and native host: real browser, real token (docs/signing-client.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chukyso.certificate import Certificate
from chukyso.pin.gate import PinState
from chukyso.sandbox.options import CertificateKind as Kind
from chukyso.sandbox.portal.model import FaultKind, FaultWhere
from support.chromium import Tab
from support.signing import SecondOpinion
from support.signing_client import Client

pytestmark = pytest.mark.slow
MakeClient = Callable[..., Client]

_BUTTON = "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Đăng ký thay đổi thông tin')"
_TOAST = "document.querySelector('#toast-container .toast-error')"


def opened(tab: Tab, client: Client) -> Tab:
    """Log in as the person of the account, and go to the form."""
    tab.goto("about:blank").goto(f"{client.details.portal_url}/#/index?login=1&url=thay-doi-thong-tin&queryUrl=")
    tab.until("document.querySelector('[formcontrolname=organisationId]')")
    tab.run(f"document.querySelector('[formcontrolname=organisationId]').value = {json.dumps(client.details.tax_code)}")
    tab.run("document.querySelector('app-dialog-identity form').requestSubmit()")
    tab.until("document.querySelector('[data-certificate=registered] [data-field=serial]')")
    return tab


def registered(tab: Tab) -> None:
    """Tick the box, and press the button."""
    tab.run("document.querySelector('[formcontrolname=commitment]').click()")
    tab.until(f"{_BUTTON} && !{_BUTTON}.disabled")
    tab.run(f"{_BUTTON}.click()")


def succeeded(tab: Tab) -> None:
    """Wait for the notice; a message of an error ends the wait."""
    tab.until(f"document.querySelector('[data-result=serial]') || {_TOAST}")
    assert not tab.run(f"{_TOAST}?.textContent")


def refused(tab: Tab) -> str:
    """Wait for the message of an error; the client's have no code."""
    tab.until(_TOAST)
    return str(tab.run(f"{_TOAST}.querySelector('.toast-message').textContent"))


def test_change_is_registered(tab: Tab, client: MakeClient, second_opinion: SecondOpinion) -> None:
    one = client()
    opened(tab, one)
    assert tab.run("document.querySelector('.idAccount').textContent") == one.details.tax_code
    assert tab.run("document.querySelectorAll('[data-certificate]').length") == 1
    assert tab.run(f"{_BUTTON}.disabled") is True
    registered(tab)
    succeeded(tab)
    state = one.control.account(one.details.tax_code)
    assert state["registered_serial"] == one.details.new_serial
    assert len(state["submissions"]) == 1
    document = one.control.submission(one.details.tax_code, state["submissions"][0])
    assert second_opinion.xml(one.details.root_certificate.read_bytes(), document, one.details.chain.read_bytes())
    choice, pin = one.windows
    shown = [Certificate.from_der(bytes.fromhex(der)).serial for der in choice["certificates"]]
    assert shown == [one.details.registered_serial, one.details.new_serial]  # the old one first
    assert (choice["title"], pin["kind"], pin["token"]) == (
        "Chọn chứng thư số",
        "accept",
        f"SANDBOX {one.details.tax_code}",
    )


def test_log_and_registration_hold_no_secret(tab: Tab, client: MakeClient) -> None:
    one = client()
    registered(opened(tab, one))
    succeeded(tab)
    pin = one.details.pin_file.read_text(encoding="utf-8")
    assert "SIGN -> ok" in one.log
    for text in (one.log, one.installation.settings.read_text("utf-8"), one.installation.manifest.read_text("utf-8")):
        assert pin not in text
        assert one.details.password_file.read_text(encoding="utf-8") not in text


def ends_with(tab: Tab, client: Client, text: str) -> None:
    """The page says why, and nothing was submitted."""
    registered(opened(tab, client))
    assert refused(tab).startswith(text)
    state = client.control.account(client.details.tax_code)
    assert (state["registered_serial"], state["submissions"]) == (client.details.registered_serial, [])


@pytest.mark.parametrize(
    ("fault", "text", "windows"),
    [
        ("not-registered", "Không kết nối được ứng dụng nền", []),
        ("crash", "Ứng dụng ký số gặp lỗi", []),
        ("value-null", "Value cannot be null", []),
        ("other-certificate", "Chứng thư số này đang được đăng ký", ["certificate"]),
        ("pin-blocked", "Mã PIN đã bị khóa", ["certificate", "pin"]),
        *(
            pytest.param(*case, marks=pytest.mark.nightly)
            for case in [
                ("wrong-path", "Không kết nối được ứng dụng nền", []),
                ("wrong-extension", "Không kết nối được ứng dụng nền", []),
                ("busy", "Ứng dụng ký số đang thực hiện", []),
                ("empty-list", "Không tìm thấy chứng thư số hợp lệ", []),
                ("driver", "Bạn không cắm token", []),
                ("no-key", "Keyset does not exist", ["certificate"]),
                ("window-closes", "Người dùng hủy bỏ", ["certificate"]),
            ]
        ),
    ],
)
def test_fault_of_the_client(tab: Tab, client: MakeClient, fault: str, text: str, windows: list[str]) -> None:
    one = client()
    one.control.client_fault(one.details.tax_code, fault)
    ends_with(tab, one, text)
    assert [window["show"] for window in one.windows] == windows
    one.control.client_fault(one.details.tax_code, "none")
    tab.run(f"{_BUTTON}.click()")  # and it is gone when it is taken back
    succeeded(tab)


@pytest.mark.parametrize(
    ("scenario", "plays", "text"),
    [
        ({}, {"pin": "wrong"}, "Bạn nhập sai mã PIN"),
        ({"certificates": (Kind.MST_IN_ORGANISATION,)}, {"row": ""}, "Mã số thuế trên chứng thư số phải trùng"),
        ({"certificates": (Kind.REGISTERED, Kind.NO_KEY)}, {}, "Keyset does not exist"),
        *(
            pytest.param(*case, marks=pytest.mark.nightly)
            for case in [
                ({}, {"row": "cancelled"}, "Người dùng hủy bỏ"),
                ({}, {"row": "closed"}, "Người dùng hủy bỏ"),
                ({}, {"pin": "cancelled"}, "Người dùng hủy bỏ"),
                ({}, {"pin": "closed"}, "Người dùng hủy bỏ"),
                ({"pin_state": PinState.LOCKED}, {}, "Mã PIN đã bị khóa"),
                ({"token": False}, {}, "Không tìm thấy chứng thư số hợp lệ"),
                ({"certificates": (Kind.EXPIRED,)}, {}, "Không tìm thấy chứng thư số hợp lệ"),
                ({"certificates": (Kind.OTHER_ACCOUNT,)}, {"row": ""}, "Mã số thuế trên chứng thư số phải trùng"),
            ]
        ),
    ],
)
def test_token_or_person_is_in_the_way(
    tab: Tab, client: MakeClient, tmp_path: Path, scenario: dict[str, Any], plays: dict[str, str], text: str
) -> None:
    one = client(**scenario)
    wrong = tmp_path / "wrong"
    wrong.write_text(one.details.pin_file.read_text(encoding="utf-8")[::-1] + "0", encoding="utf-8")
    one.plays(**{name: str(wrong) if what == "wrong" else what for name, what in plays.items()})
    ends_with(tab, one, text)
    assert [window["show"] for window in one.windows].count("pin") <= 1  # nothing is tried twice


def test_session_ends_while_the_pin_window_is_open(tab: Tab, client: MakeClient) -> None:
    """As far as page and portal can tell: the session is over when what was signed arrives."""
    one = client()
    one.control.fault(one.details.tax_code, FaultWhere.SUBMIT, FaultKind.EXPIRE_SESSION)
    ends_with(tab, one, "Phiên đăng nhập đã hết hạn")
    assert [window["show"] for window in one.windows] == ["certificate", "pin"]


def test_person_without_an_account_is_not_let_in(tab: Tab, client: MakeClient) -> None:
    one = client()
    tab.goto(f"{one.details.portal_url}/#/index?login=1&url=thay-doi-thong-tin&queryUrl=")
    tab.until("document.querySelector('app-dialog-identity form')")
    tab.run("document.querySelector('[formcontrolname=organisationId]').value = '0301234564'")
    tab.run("document.querySelector('app-dialog-identity form').requestSubmit()")
    assert refused(tab).startswith("Tài khoản định danh điện tử này chưa được liên kết")
    assert not tab.run("Boolean(document.querySelector('#accountMenuBtn'))")
