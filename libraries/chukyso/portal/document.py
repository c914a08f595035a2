"""The document that is to be signed: what it says, and whether it is ours.

The field names follow BHXH form 04/ĐK-IVAN, as the sandbox's portal writes them; what the real portal has signed
on this screen is unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from chukyso.certificate import Certificate, normalise_serial, read_serial
from chukyso.errors import ChukysoError, Code
from chukyso.signature.profile import format_time
from chukyso.signature.sign import check_document

_CERTIFICATE = ("SERIAL", "SUBJECT", "ISSUER", "BEGIN", "END")
_SHAPE = {
    "TTPhien": ("MA_GIAO_DICH", "NONCE", "LAP_LUC"),
    "TTDVI": ("MST", "MA_DVI", "TEN_DVI", "EMAIL", "DIEN_THOAI"),
    "CKS_DANG_DUNG": _CERTIFICATE,
    "CKS_MOI": _CERTIFICATE,
    "CAM_KET": (),
}


@dataclass(frozen=True)
class ChangeDocument:
    """What an application to change the registered certificate says; serials are normalised.

    Attributes:
        document_type: Name of the root element.
        tax_code: MST of the account.
        unit_code: Code of the unit.
        email: Contact e-mail that would be registered along.
        phone: Contact phone that would be registered along.
        registered_serial: Serial of the certificate that is registered now.
        new_serial: Serial of the certificate that replaces it.
        new_subject: Its owner, as the document names it.
        new_issuer: Its issuer, as the document names it.
        new_begin: Begin of its validity, ISO 8601 in UTC.
        new_end: End of its validity, ISO 8601 in UTC.
        nonce: The portal's single-use value.
    """

    document_type: str
    tax_code: str
    unit_code: str
    email: str
    phone: str
    registered_serial: str
    new_serial: str
    new_subject: str
    new_issuer: str
    new_begin: str
    new_end: str
    nonce: str


def check_form(document: bytes, *, document_type: str, place: str) -> etree._Element:
    """Return the root of a document that may be signed at all: small, well-formed, of the type, unsigned.

    Raises:
        ChukysoError: ``DOCUMENT_INVALID``.
    """
    root = check_document(document, place=place)
    if root.tag != document_type:
        raise ChukysoError(
            Code.DOCUMENT_INVALID,
            f"root element {root.tag!r:.100}, expected {document_type!r}",
            reason="không phải loại tờ khai của thủ tục này",
        )
    return root


def read_change(document: bytes, *, document_type: str, place: str) -> ChangeDocument:
    """Read an application to change the registered certificate.

    Raises:
        ChukysoError: ``DOCUMENT_INVALID`` when it is something else, or holds less or more than its fields: nothing is
            signed that was not read.
    """
    root = check_form(document, document_type=document_type, place=place)
    _check_shape(root, place)
    return ChangeDocument(
        document_type=str(root.tag),
        tax_code=_text(root, "TTDVI/MST"),
        unit_code=_text(root, "TTDVI/MA_DVI"),
        email=_text(root, "TTDVI/EMAIL"),
        phone=_text(root, "TTDVI/DIEN_THOAI"),
        registered_serial=_serial(root, "CKS_DANG_DUNG/SERIAL"),
        new_serial=_serial(root, "CKS_MOI/SERIAL"),
        new_subject=_text(root, "CKS_MOI/SUBJECT"),
        new_issuer=_text(root, "CKS_MOI/ISSUER"),
        new_begin=_text(root, "CKS_MOI/BEGIN"),
        new_end=_text(root, "CKS_MOI/END"),
        nonce=_text(root, "TTPhien/NONCE"),
    )


@dataclass(frozen=True)
class Expected:
    """What a document must say to be ours.

    Attributes:
        tax_code: MST of the account.
        certificate_serial: Serial of the new certificate.
        registered_serial: Serial of the registered certificate; None when it is not known.
        contact_email: None when it is not checked.
        contact_phone: None when it is not checked.
        unit_code: None when it is not checked.
    """

    tax_code: str
    certificate_serial: str
    registered_serial: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    unit_code: str | None = None


def check_ours(found: ChangeDocument, certificate: Certificate, expected: Expected) -> None:
    """Check that document and certificate are what this run expects.

    Raises:
        ChukysoError: ``REQUEST_NOT_OURS``, naming the first difference.
    """
    serial = normalise_serial(expected.certificate_serial, "certificate_serial")
    registered = expected.registered_serial and normalise_serial(expected.registered_serial, "registered_serial")
    pairs = (
        ("chứng thư số sẽ ký", certificate.serial, serial),
        ("mã số thuế trên chứng thư số", certificate.tax_code, expected.tax_code),
        ("mã số thuế trên tờ khai", found.tax_code, expected.tax_code),
        ("chứng thư số mới trên tờ khai", found.new_serial, serial),
        ("chủ thể mới trên tờ khai", found.new_subject, certificate.owner),
        ("tổ chức chứng thực mới trên tờ khai", found.new_issuer, certificate.issuer),
        ("hiệu lực từ trên tờ khai", found.new_begin, format_time(certificate.not_before)),
        ("hiệu lực đến trên tờ khai", found.new_end, format_time(certificate.not_after)),
        ("chứng thư số đang dùng trên tờ khai", found.registered_serial, registered),
        ("thư điện tử trên tờ khai", found.email.casefold(), _folded(expected.contact_email)),
        ("điện thoại trên tờ khai", found.phone, expected.contact_phone),
        ("đơn vị trên tờ khai", found.unit_code, expected.unit_code),
    )
    for field, value, wanted in pairs:
        if wanted is not None and value != wanted:
            raise not_ours(f"{field} là “{value}”, phải là “{wanted}”")


def not_ours(reason: str, detail: str = "") -> ChukysoError:
    """The error for a request that is not of this run.

    Args:
        reason: The difference, Vietnamese, part of a sentence.
        detail: Technical detail in English.
    """
    return ChukysoError(Code.REQUEST_NOT_OURS, detail or reason, reason=reason)


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _check_shape(root: etree._Element, place: str) -> None:
    """Refuse a document with other elements or attributes than the form has; each stands once."""
    wanted = {**_SHAPE, place: ()}
    parts = {"": root, **{str(part.tag): part for part in root}}
    for name, part in parts.items():
        children = sorted(str(child.tag) for child in part)
        if part.attrib or children != sorted(wanted if part is root else wanted.get(name, ())):
            raise ChukysoError(
                Code.DOCUMENT_INVALID,
                f"<{part.tag}> has attributes or other children: {children}"[:300],
                reason=f"mục {name or part.tag} có nội dung lạ",
            )
        if part is not root and any(len(child) or child.attrib for child in part):
            raise ChukysoError(Code.DOCUMENT_INVALID, f"deeper than <{name}>", reason=f"mục {name} có nội dung lạ")


def _text(root: etree._Element, path: str) -> str:
    found = root.findall(path)
    if len(found) != 1 or len(found[0]):
        raise ChukysoError(
            Code.DOCUMENT_INVALID,
            f"{path} occurs {len(found)} times or holds elements",
            reason=f"mục {path} không đúng",
        )
    return (found[0].text or "").strip()


def _serial(root: etree._Element, path: str) -> str:
    text = _text(root, path)
    if not re.fullmatch(r"[0-9A-Fa-f]{1,64}", text):
        raise ChukysoError(
            Code.DOCUMENT_INVALID, f"{path} is no serial: {text!r:.100}", reason=f"mục {path} không đúng"
        )
    return read_serial(text)
