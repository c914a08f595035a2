"""Lists of certificates: the right row by its serial, or a stop; Windows' own picker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from chukyso.desktop.certificates import choose_by_serial, choose_by_view, read_certificate, shown_text
from chukyso.desktop.client import Desktop, Found
from chukyso.desktop.model import Kind
from chukyso.desktop.rule import ControlRule, ProgramRule, WindowRule
from chukyso.errors import Code
from support.desktop import CERTIFICATE_TITLE, CLASS, LISTS, NEW, OLD, OWNER, certificate_rule, certificate_spec
from support.token import failure

each_list = pytest.mark.parametrize("kind", LISTS)
viewed = pytest.mark.parametrize("kind", ("list", "table"))


def row(kind: str, serial: str) -> str:
    return f"{OWNER}{'|' if kind == 'table' else ' – '}{serial}"


@each_list
@pytest.mark.parametrize("serials", [(OLD, NEW), (NEW.upper(), OLD)], ids=["old first", "new first"])
def test_the_new_certificate_is_chosen_by_its_serial(
    kind: str, serials: tuple[str, str], show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path
) -> None:
    shown = show(certificate_spec(kind, [row(kind, serial) for serial in serials]))
    found = desktop.find(certificate_rule(kind, ours))
    chosen = choose_by_serial(desktop, found, "list", NEW)
    assert chosen.index == [serial.lower() for serial in serials].index(NEW)
    desktop.picture(found, pictures / f"certificate-{kind}.png", ["list", "ok"])
    desktop.press(found, "ok")
    pressed = shown.wait_for("press")
    assert (pressed["id"], pressed["holds"]["102"]) == (1, chosen.index)


@each_list
@pytest.mark.parametrize(
    ("serials", "code"),
    [((OLD, OLD[:-1]), Code.WINDOW_ROW_MISSING), ((NEW, OLD, NEW), Code.WINDOW_ROW_AMBIGUOUS), ((), None)],
    ids=["not there", "twice", "empty"],
)
def test_no_row_or_two_are_refused_and_nothing_is_pressed(
    kind: str, serials: tuple[str, ...], code: Code | None, show: Callable, ours: ProgramRule, desktop: Desktop
) -> None:
    shown = show(certificate_spec(kind, [row(kind, serial) for serial in serials]))
    found = desktop.find(certificate_rule(kind, ours))
    error = failure(lambda: choose_by_serial(desktop, found, "list", NEW))
    assert error.code is (code or Code.WINDOW_ROW_MISSING)
    desktop.close(found)
    assert shown.presses() == []
    assert [each["event"] for each in shown.events] == ["open", "close", "ended"]


PATTERNS = {
    "serial": r"sê-ri: *([0-9a-f ]+)",
    "owner": r"chủ thể: *(.+)",
    "tax_code": r"MST: *([\d-]+)",
    "valid_from": r"từ ([\d/]+)",
    "valid_to": r"đến ([\d/]+)",
}


def text_of(serial: str) -> str:
    return f"Chủ thể: {OWNER}~Số sê-ri: {serial}~MST: 0101234565~Hiệu lực từ 01/01/2026 đến 31/12/2027"


def by_view(desktop: Desktop, found: Found, ours: ProgramRule) -> tuple[str, WindowRule, Callable[[Found], str]]:
    rule = WindowRule(
        "cửa sổ xem chứng thư số", (ours,), (CLASS,), ("Chứng thư số",), {"text": ControlRule(Kind.EDIT, 901)}
    )
    return "view", rule, lambda seen: read_certificate(shown_text(seen.window), PATTERNS).serial


@viewed
def test_rows_that_look_alike_are_told_by_view(kind: str, show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    spec = certificate_spec(kind, [row(kind, "")] * 3, views=[text_of(OLD), text_of(NEW), text_of("77")])
    shown = show(spec)
    found = desktop.find(certificate_rule(kind, ours, views=True))
    assert choose_by_view(desktop, found, "list", NEW, by_view(desktop, found, ours)).index == 1
    desktop.press(found, "ok")
    shown.wait_for("ended")
    pressed = [(each["id"], each["holds"]["102"]) for each in shown.events if each["event"] == "press"]
    assert pressed == [(3, 0), (3, 1), (3, 2), (1, 1)]


@viewed
@pytest.mark.parametrize(
    ("serials", "code"),
    [((OLD, "77"), Code.WINDOW_ROW_MISSING), ((NEW, NEW), Code.WINDOW_ROW_AMBIGUOUS)],
    ids=["not there", "the same twice"],
)
def test_rows_that_stay_alike_are_refused(
    kind: str, serials: tuple[str, ...], code: Code, show: Callable, ours: ProgramRule, desktop: Desktop
) -> None:
    shown = show(certificate_spec(kind, [row(kind, "")] * 2, views=[text_of(serial) for serial in serials]))
    found = desktop.find(certificate_rule(kind, ours, views=True))
    error = failure(lambda: choose_by_view(desktop, found, "list", NEW, by_view(desktop, found, ours)))
    assert error.code is code
    desktop.press(found, "cancel")
    assert shown.presses() == [3, 3, 2]


def test_the_certificate_is_read_by_its_labels(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    texts = "".join(f"text\t{500 + at}\t{text}\n" for at, text in enumerate(text_of(NEW).split("~")))
    show(certificate_spec("list", [OWNER]) + texts)
    shown = read_certificate(shown_text(desktop.find(certificate_rule("list", ours)).window), PATTERNS)
    assert (shown.serial, shown.owner, shown.tax_code) == (NEW, OWNER, "0101234565")
    assert (shown.valid_from, shown.valid_to, shown.issuer) == ("01/01/2026", "31/12/2027", "")


def certificate(serial: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, OWNER)])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(int(serial, 16)).not_valid_before(begin).not_valid_after(begin + timedelta(900))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER).hex()


def test_windows_own_picker(show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path) -> None:
    """``CryptUIDlgSelectCertificate``: its rows show no serial, so each certificate is opened, at its second page."""
    certificates = "".join(f"certificate\t{certificate(serial)}\n" for serial in (OLD, NEW))
    shown = show(f"{certificates}picker\t{CERTIFICATE_TITLE}\tChọn chứng thư số của đơn vị\n")
    controls = {
        "list": ControlRule(Kind.TABLE),
        "ok": ControlRule(Kind.BUTTON, 1),
        "view": ControlRule(Kind.BUTTON, 3002),
    }
    picker = desktop.find(WindowRule("cửa sổ chứng thư số", (ours,), (CLASS,), (CERTIFICATE_TITLE,), controls))
    general = WindowRule("chứng thư số", (ours,), (CLASS,), ("Certificate",), {"ok": ControlRule(Kind.BUTTON, 1)})
    pages = WindowRule("chứng thư số", (ours,), (CLASS,), ("Certificate",), {"fields": ControlRule(Kind.TABLE)})

    def serial(opened: Found) -> str:
        desktop.choose_tab(opened, 1)
        details = desktop.find(pages)
        desktop.picture(details, pictures / "view.png", ["fields"])
        read = read_certificate(
            shown_text(details.window, desktop.rows(details, "fields")), {"serial": "serial number \\| (.*)"}
        )
        return bytes.fromhex(read.serial)[::-1].hex()  # Wine shows the bytes of a serial in reverse, Windows does not

    row = choose_by_view(desktop, picker, "list", NEW, ("view", general, serial))
    assert OWNER in row.text
    desktop.picture(picker, pictures / "picker.png", ["list", "ok"])
    desktop.press(picker, "ok")
    assert shown.wait_for("picked")["serial"] == NEW
