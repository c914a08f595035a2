"""The review of the form against the token, before anything is ticked or pressed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chukyso.certificate import Certificate, NotASerialError, ShownCertificate, read_serial
from chukyso.errors import ChukysoError, Code
from chukyso.moment import NO_END, NO_END_TEXT, in_vietnam
from chukyso.text import visible

_FIELDS = ("serial", "tax_code", "owner", "issuer", "valid_from", "valid_to")  # in the order in which they are compared
_TIME = r"(?: \d{2}:\d{2}(?::\d{2})?)?"
_DATE = re.compile(rf"\d{{2}}/\d{{2}}/\d{{4}}{_TIME}")
_LAST_DAY = re.compile(rf"(?:31/12/9999|01/01/10000){_TIME}")


@dataclass(frozen=True)
class ShownContact:
    """The contact data that the form submits along."""

    email: str
    phone: str


@dataclass(frozen=True)
class ShownReceipt:
    """What the notice of success says of the transaction, as text; "" where it says nothing."""

    transaction: str = ""
    recorded: str = ""


def review_certificate(
    shown: ShownCertificate,
    certificate: Certificate,
    mismatch: Code = Code.REVIEW_MISMATCH,
    unseen: Collection[str] = (),
) -> None:
    """Check that a screen shows this certificate: serial, MST, owner, issuer and both ends of its validity.

    Args:
        shown: What it shows.
        certificate: What it must show.
        mismatch: What to raise.
        unseen: Fields of ``ShownCertificate`` that this screen is known not to have; never the serial.

    Raises:
        ChukysoError: ``REVIEW_MISMATCH`` naming the first field that differs (or ``WINDOW_MISMATCH`` when asked for).
    """
    pairs = (
        ("số chứng thư số", _serial(shown.serial), certificate.serial),
        ("mã số thuế", visible(shown.tax_code), certificate.tax_code),
        ("chủ thể", _text(shown.owner), _text(certificate.owner)),
        ("tổ chức chứng thực", _text(shown.issuer), _text(certificate.issuer)),
        ("hiệu lực từ", _moment(shown.valid_from, certificate.not_before), in_vietnam(certificate.not_before)),
        ("hiệu lực đến", _moment(shown.valid_to, certificate.not_after), in_vietnam(certificate.not_after)),
    )
    kept = (pair for pair, name in zip(pairs, _FIELDS, strict=True) if name == "serial" or name not in unseen)
    for field, found, expected in kept:
        if found != expected:
            raise ChukysoError(
                mismatch, f"{field}: {found!r} != {expected!r}", field=field, found=found, expected=expected
            )


def review_contact(shown: ShownContact, email: str, phone: str) -> None:
    """Check the contact data; an empty expectation means that it is recorded, not checked.

    Raises:
        ChukysoError: ``CONTACT_MISMATCH``.
    """
    pairs = (
        ("thư điện tử", shown.email.strip(), email.strip()),
        ("điện thoại", shown.phone.strip(), phone.strip()),
    )
    for field, found, expected in pairs:
        if expected and found.casefold() != expected.casefold():
            raise ChukysoError(Code.CONTACT_MISMATCH, field, field=field, found=found, expected=expected)


def _text(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", visible(text)).split())


def _serial(text: str) -> str:
    try:
        return read_serial(text)
    except NotASerialError:
        return text


def _moment(text: str, expected: datetime) -> str:
    """Complete a shown date to seconds: a screen may leave out the time of day, never the day."""
    shown = _text(text)
    if expected == NO_END:
        # A portal that knows nothing of certificates without a known end shows the last day there is, or, with seven
        # hours added, the one after it.
        return NO_END_TEXT if shown.casefold() == NO_END_TEXT or _LAST_DAY.fullmatch(shown) else shown
    if not _DATE.fullmatch(shown):
        return shown
    full = in_vietnam(expected)
    return shown + full[len(shown) :]
