"""Reading long CRLs quickly.

pyhanko-certvalidator builds an object of every entry to look for one; ``cryptography`` reads the numbers alone. So a
list on which none of the certificates in question stands is handed over without its entries; everything else about it,
its signature above all, is looked at as always.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from asn1crypto import crl as asn1_crl
from cryptography import x509

from chukyso.signature.revocation_entries import is_indirect
from chukyso.signature.trust import UNREADABLE


class _TbsWithoutEntries(asn1_crl.TbsCertList):  # type: ignore[misc] # asn1crypto has no types
    def __getitem__(self, key: str) -> Any:
        return () if key == "revoked_certificates" else super().__getitem__(key)


class _WithoutEntries(asn1_crl.CertificateList):  # type: ignore[misc] # same
    _fields = [("tbs_cert_list", _TbsWithoutEntries), *asn1_crl.CertificateList._fields[1:]]  # noqa: RUF012 - theirs


def read_list(der: bytes, serials: Collection[int]) -> asn1_crl.CertificateList:
    """Return a list for path validation, without its entries when none is about these certificates.

    Args:
        der: A CertificateList, DER.
        serials: Serial numbers of the certificates in question.
    """
    return (_WithoutEntries if _names_none(der, serials) else asn1_crl.CertificateList).load(der)


def _names_none(der: bytes, serials: Collection[int]) -> bool:
    try:
        crl = x509.load_der_x509_crl(der)
        return not is_indirect(crl) and not any(entry.serial_number in serials for entry in crl)
    except UNREADABLE:
        return False
