"""The document that is signed.

Its form follows the certificate part of BHXH form 04/ĐK-IVAN (``TTDVI``, ``TTCKY``: facts, section 1) and the
``CKy_Dvi`` place of BHXH dossiers. What the real portal has signed on this screen is unknown: the form is the
sandbox's choice.
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from chukyso.certificate import Certificate
from chukyso.sandbox.portal.model import UnitSpec
from chukyso.sandbox.portal.texts import COMMITMENT
from chukyso.signature.profile import format_time

ROOT = "ThayDoiChuKySo"
PLACE = "CKy_Dvi"  # where the signature goes


def _section(parent: etree._Element, name: str, fields: dict[str, str]) -> None:
    section = etree.SubElement(parent, name)
    for field, value in fields.items():
        etree.SubElement(section, field).text = value


def _certificate_fields(certificate: Certificate) -> dict[str, str]:
    return {
        "SERIAL": certificate.serial,
        "SUBJECT": certificate.owner,
        "ISSUER": certificate.issuer,
        "BEGIN": format_time(certificate.not_before),
        "END": format_time(certificate.not_after),
    }


def build_document(
    *,
    change_id: str,
    nonce: str,
    at: datetime,
    tax_code: str,
    unit: UnitSpec,
    email: str,
    phone: str,
    registered: Certificate,
    new: Certificate,
) -> bytes:
    """Return the document to be signed: XML, UTF-8, with an empty element ``PLACE`` for the signature."""
    root = etree.Element(ROOT)
    _section(root, "TTPhien", {"MA_GIAO_DICH": change_id, "NONCE": nonce, "LAP_LUC": format_time(at)})
    _section(
        root,
        "TTDVI",
        {"MST": tax_code, "MA_DVI": unit.code, "TEN_DVI": unit.name, "EMAIL": email, "DIEN_THOAI": phone},
    )
    _section(root, "CKS_DANG_DUNG", _certificate_fields(registered))
    _section(root, "CKS_MOI", _certificate_fields(new))
    etree.SubElement(root, "CAM_KET").text = COMMITMENT
    etree.SubElement(root, PLACE)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
