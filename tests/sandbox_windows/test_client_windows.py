"""The windows of the sandbox's signing client, real ones, driven by ``chukyso.desktop``."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

import chukyso.sandbox.signing_client
from chukyso.desktop.certificates import choose_by_serial, shown_text
from chukyso.desktop.client import Desktop, Found
from chukyso.desktop.model import Kind
from chukyso.desktop.rule import ControlRule, ProgramRule, WindowRule
from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.wine.session import WindowsSession
from support.desktop import CERTIFICATE_TITLE, CLASS, NEW, OLD, OWNER, PIN
from support.token import failure

PIN_WINDOWS = tomllib.loads(
    Path(chukyso.sandbox.signing_client.__file__).with_name("pin_windows.toml").read_text(encoding="utf-8")
)
FILLED = [name for name, words in PIN_WINDOWS.items() if "class" not in words]
Programs = tuple[ProgramRule, ...]


def certificate(serial: str, owner: str = OWNER) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    names = (owner, "CA Thử Nghiệm")
    name, issuer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in names)
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
    built = built.serial_number(int(serial, 16)).not_valid_before(now).not_valid_after(now + timedelta(365))
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER).hex()


def pick(client: Any, second: str = OWNER, **more: Any) -> None:
    given = [certificate(OLD), certificate(NEW, second)]
    client.ask(show="certificate", title=CERTIFICATE_TITLE, certificates=given, **more)


def button(*texts: str) -> ControlRule:
    return ControlRule(Kind.BUTTON, texts=texts)


def picker_rule(ours: Programs) -> WindowRule:
    controls = {"list": ControlRule(Kind.TABLE), "ok": button("OK"), "cancel": button("Hủy"), "view": button("Xem")}
    return WindowRule("cửa sổ chứng thư số", ours, (CLASS,), (CERTIFICATE_TITLE,), controls)


def pin_rule(ours: Programs, name: str) -> WindowRule:
    words = PIN_WINDOWS[name]
    controls = {"pin": ControlRule(Kind.EDIT, password=True)}
    controls |= {"accept": button(words["accept"]), "cancel": button(words["cancel"])}
    return WindowRule("cửa sổ PIN", ours, (words.get("class", CLASS),), (words["title"],), controls)


def ask_pin(client: Any, name: str = "accept", **faults: Any) -> None:
    client.ask(show="pin", kind=name, token="Token thử", faults=faults)


@pytest.mark.slow
def test_picked_by_serial_and_signed_with_a_pin(
    client: Any, desktop: Desktop, ours: Programs, session: WindowsSession, tmp_path: Path
) -> None:
    """Figures 4 and 5: the first row is the old certificate; the PIN is in no file afterwards."""
    began = time.time() - 1
    pick(client)
    found = desktop.find(picker_rule(ours))
    rows = desktop.rows(found, "list")
    assert [(row.cells[0], row.cells[2], row.chosen) for row in rows] == [(OWNER, OLD, True), (OWNER, NEW, False)]
    assert choose_by_serial(desktop, found, "list", NEW).cells[1] == "CA Thử Nghiệm"
    assert is_picture(tmp_path / "Hình 4.png", desktop, found, ["list", "ok"])
    desktop.press(found, "ok")
    assert client.answer() == {"event": "chosen", "index": 1}
    ask_pin(client)
    found = desktop.find(pin_rule(ours, "accept"))
    desktop.set_text(found, "pin", PIN)
    assert desktop.text(found, "pin") == ""
    assert is_picture(tmp_path / "Hình 5.png", desktop, found, ["pin", "accept"])
    desktop.press(found, "accept")
    assert client.answer() == {"event": "pin", "pin": PIN}
    assert client.end() == 0
    home = Path(session.environment["HOME"])
    files = [path for path in home.rglob("*") if not path.is_symlink() and path.is_file()]
    written = [path for path in files if path.stat().st_mtime > began]
    held = [path.read_bytes() for path in written]
    assert not [data for data in held if PIN.encode() in data or PIN.encode("utf-16-le") in data]
    assert PIN not in repr(session.environment) + repr(session.command("x"))


def is_picture(path: Path, desktop: Desktop, found: Found, marks: list[str]) -> bool:
    """Whether a picture was written where this machine names it, of the size that was told, and not blank."""
    size = desktop.picture(found, path, marks)
    with Image.open(path) as picture:
        return picture.size == size and len(picture.convert("RGB").getcolors(1 << 24) or ()) > 10


@pytest.mark.nightly
@pytest.mark.parametrize("name", FILLED)
def test_each_kind_of_pin_window(name: str, client: Any, desktop: Desktop, ours: Programs) -> None:
    secret = 'Mã "số" 😀\\'
    ask_pin(client, name)
    found = desktop.find(pin_rule(ours, name))
    shown = shown_text(desktop.read(found))
    assert PIN_WINDOWS[name]["label"] in shown
    assert PIN_WINDOWS[name].get("check", "") in shown
    desktop.press(found, "accept")  # nothing was entered: it stays
    desktop.set_text(found, "pin", secret)
    desktop.press(found, "accept")
    assert client.answer() == {"event": "pin", "pin": secret}
    ask_pin(client, name)
    desktop.press(desktop.find(pin_rule(ours, name)), "cancel")
    assert client.answer() == {"event": "cancelled"}


@pytest.mark.nightly
def test_a_window_that_draws_itself_is_left_to_a_person(client: Any, desktop: Desktop, ours: Programs) -> None:
    ask_pin(client, "windows-security", close_after_ms=4000)
    assert failure(lambda: desktop.find(pin_rule(ours, "windows-security"))).code is Code.WINDOW_UNDRIVABLE
    assert client.answer() == {"event": "closed"}


@pytest.mark.nightly
def test_a_certificate_is_viewed(client: Any, desktop: Desktop, ours: Programs) -> None:
    pick(client)
    found = desktop.find(picker_rule(ours))
    choose_by_serial(desktop, found, "list", NEW)
    desktop.press(found, "view")
    view = desktop.find(WindowRule("thông tin", ours, (CLASS,), ("Thông tin chứng thư số",)))
    assert f"Số chứng thư số: {NEW}" in shown_text(desktop.read(view))
    desktop.close(view)
    assert desktop.wait_until_gone(view, 20)
    desktop.close(found)
    assert client.answer() == {"event": "closed"}


@pytest.mark.nightly
def test_windows_own_picker(client: Any, desktop: Desktop, ours: Programs) -> None:
    """It tells no serial, and has an order of its own."""
    pick(client, "CÔNG TY KHÁC", kind="windows")
    controls = {"list": ControlRule(Kind.TABLE, 3001), "ok": ControlRule(Kind.BUTTON, 1)}
    found = desktop.find(WindowRule("cửa sổ chứng thư số", ours, (CLASS,), (CERTIFICATE_TITLE,), controls))
    desktop.choose_row(found, "list", lambda row: "CÔNG TY KHÁC" in row.cells)
    desktop.press(found, "ok")
    assert client.answer() == {"event": "chosen", "index": 1}


@pytest.mark.nightly
def test_a_message(client: Any, desktop: Desktop, ours: Programs) -> None:
    client.ask(show="message", title="Thông báo", text="Mã PIN không đúng, còn 4 lần thử.")
    found = desktop.find(WindowRule("thông báo", ours, (CLASS,), ("Thông báo",), {"ok": button("OK")}))
    assert "Mã PIN không đúng, còn 4 lần thử." in shown_text(desktop.read(found))
    desktop.press(found, "ok")
    assert client.answer() == {"event": "closed"}


def finds(desktop: Desktop, rule: WindowRule, seconds: float = 20) -> Code | None:
    """The error in which looking for a window ends; None when it is found."""
    try:
        desktop.find(rule, seconds)
    except ChukysoError as error:
        return error.code
    return None


FAULTS: list[tuple[dict[str, Any], Code | None]] = [
    ({"delay_ms": 1500}, None),
    ({"hidden": True}, Code.WINDOW_NOT_FOUND),
    ({"twice": True}, Code.WINDOW_AMBIGUOUS),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("faults", "code"), FAULTS, ids=str)
def test_faults(faults: dict[str, Any], code: Code | None, client: Any, desktop: Desktop, ours: Programs) -> None:
    ask_pin(client, **faults)
    assert finds(desktop, pin_rule(ours, "accept"), 2 if code is Code.WINDOW_NOT_FOUND else 20) is code
    windows = [each for each in desktop.windows() if each.title == PIN_WINDOWS["accept"]["title"]]
    assert len(windows) == (2 if "twice" in faults else 1)
    desktop.close(Found(pin_rule(ours, "accept"), windows[0])) if code is None else client.process.stdin.close()
    if code is None:
        assert client.answer() == {"event": "closed"}
    else:
        assert client.process.wait(30) == 0  # its stdin ended: it goes, whatever it shows


@pytest.mark.nightly
def test_a_window_behind_another_is_brought_up(client: Any, desktop: Desktop, ours: Programs, tmp_path: Path) -> None:
    ask_pin(client, behind=True)
    titles = [each.title for each in desktop.windows() if each.visible and each.title]
    assert titles.index("Cửa sổ khác") < titles.index(PIN_WINDOWS["accept"]["title"])
    found = desktop.find(pin_rule(ours, "accept"))
    assert is_picture(tmp_path / "pin.png", desktop, found, ["pin"])
    desktop.press(found, "cancel")
    assert client.answer() == {"event": "cancelled"}


@pytest.mark.nightly
def test_one_of_two_is_answered_and_both_go(client: Any, desktop: Desktop, ours: Programs) -> None:
    ask_pin(client, twice=True, close_after_ms=1500)
    assert client.answer() == {"event": "closed"}
    assert finds(desktop, pin_rule(ours, "accept"), 1) is Code.WINDOW_NOT_FOUND


@pytest.mark.nightly
def test_what_cannot_be_shown_is_said(client: Any) -> None:
    pin, certificate = {"show": "pin", "kind": "không có", "token": ""}, {"show": "certificate", "certificates": ["00"]}
    for request in (pin, certificate, {"show": "?"}):
        with pytest.raises(AssertionError, match="failed"):
            client.ask(**request)
