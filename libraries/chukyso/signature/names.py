"""Comparing the names in certificates, as certificates and as texts spell them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509

from chukyso.certificate import Certificate

# asn1crypto parses lazily and meets malformed input with built-in errors; the last is its nesting run away.
ASN1_ERRORS = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)

MAX_TEXT = 4000
_MAX_FOLDED = 4000  # bytes of a name; folding it takes asn1crypto long
_UID = "0.9.2342.19200300.100.1.1"
_EMAIL = "1.2.840.113549.1.9.1"
# As OpenSSL, Java, .NET and Windows abbreviate them.
_TYPES = {
    **{"CN": "2.5.4.3", "SN": "2.5.4.4", "SURNAME": "2.5.4.4", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6"},
    **{"L": "2.5.4.7", "ST": "2.5.4.8", "S": "2.5.4.8", "STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11"},
    **{"T": "2.5.4.12", "TITLE": "2.5.4.12", "POSTALCODE": "2.5.4.17", "PHONE": "2.5.4.20", "GN": "2.5.4.42"},
    **{"G": "2.5.4.42", "GIVENNAME": "2.5.4.42", "ORGANIZATIONIDENTIFIER": "2.5.4.97"},
    **{"DC": "0.9.2342.19200300.100.1.25", "UID": _UID, "USERID": _UID},
    **{"E": _EMAIL, "EMAIL": _EMAIL, "EMAILADDRESS": _EMAIL},
}
_ATTRIBUTE = re.compile(
    r"""\s*(?:OID\.)?(?P<type>[A-Za-z][A-Za-z0-9\-]*|\d+(?:\.\d+)+)\s*=\s*"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.|"")*)"|(?P<plain>(?:[^",;+\\]|\\.)*))\s*(?P<end>[,;+]|$)""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)|\"\"", re.DOTALL)

Parts = list[list[tuple[str, str]]]


def issued(issuer: Certificate, certificate: Certificate) -> bool:
    """Whether the names say that one issued the other: as RFC 5280, 7.1 compares them, blanks and case aside."""
    return subject_key(issuer) == issuer_key(certificate)


def subject_key(certificate: Certificate) -> str | bytes:
    """The subject in a form that is equal for names that RFC 5280 counts as equal."""
    return _key(certificate, "subject")


def issuer_key(certificate: Certificate) -> str | bytes:
    """The issuer, in the form of ``subject_key``."""
    return _key(certificate, "issuer")


def _key(certificate: Certificate, which: str) -> str | bytes:
    return name_key(asn1_x509.Certificate.load(certificate.der)["tbs_certificate"][which])


def name_key(name: asn1_x509.Name) -> str | bytes:
    """A name in a form that is equal for names that RFC 5280 counts as equal; its DER where that
    cannot be said, or the name is long."""
    der = bytes(name.dump())
    try:
        return str(name.hashable) if len(der) <= _MAX_FOLDED else der
    except ASN1_ERRORS:
        return der


def is_issuer_and_serial(named: tsp.IssuerSerial, certificate: asn1_x509.Certificate) -> bool:
    """Whether the IssuerSerial beside a certificate's digest (RFC 5035, section 4) names a certificate."""
    issuers = [name_key(name.chosen) for name in named["issuer"] if name.name == "directory_name"]
    return bool(
        issuers == [name_key(certificate.issuer)] and named["serial_number"].native == certificate.serial_number
    )


def spells(text: str, name: asn1_x509.Name) -> bool:
    """Whether a text spells a name, whatever the order and the program (RFC 4514, RFC 1779, .NET).

    Raises:
        ValueError: the text cannot be read, so that nothing can be said.
    """
    read = list(_read(text))
    real = [[(part["type"].dotted, _fold(str(part["value"].native))) for part in rdn] for rdn in name.chosen]
    ordered = [sorted(rdn) for rdn in real]
    return [sorted(rdn) for rdn in read] in (ordered, ordered[::-1])


def _read(text: str) -> Iterator[list[tuple[str, str]]]:
    if len(text) > MAX_TEXT:
        raise ValueError(f"a name of {len(text)} characters")
    at, rdn = 0, list[tuple[str, str]]()
    while True:
        match = _ATTRIBUTE.match(text, at)
        kind = match and (match["type"] if match["type"][0].isdigit() else _TYPES.get(match["type"].upper()))
        if not match or not kind:
            raise ValueError(f"not read as a name: {text[at : at + 40]!r}")
        value = match["quoted"] if match["quoted"] is not None else match["plain"]
        if match["quoted"] is None and value.startswith("#"):
            raise ValueError("a value in hex")
        rdn.append((kind, _fold(_ESCAPED.sub(_unescape, value))))
        if match["end"] != "+":
            yield rdn
            rdn = []
        if not match["end"]:
            return
        at = match.end()


def _unescape(match: re.Match[str]) -> str:
    if match.group(1):
        return bytes.fromhex(match.group(1).replace("\\", "")).decode("utf-8")
    return match.group(2) or '"'


def _fold(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
