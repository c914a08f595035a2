"""The one shape of XML signature that is made and accepted here.

Enveloped XMLDSig as in dossiers of the IVAN channel: ``Reference URI=""`` over the document, a second
Reference over the Object that carries the signing time, exclusive C14N, SHA-256, X509Data with the leaf
first and its chain behind it. The verifier knows this shape only: everything else is refused, whether it is
an attack or merely unusual.
"""

from __future__ import annotations

from datetime import UTC, datetime

from chukyso.certificate import KeyKind
from chukyso.moment import to_utc

DS = "http://www.w3.org/2000/09/xmldsig#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"

# Not a W3C name, but the one that Vietnamese signing software writes and looks for. Being a foreign
# namespace it also satisfies the XMLDSig schema (any ##other), which a namespace-less SigningTime does not.
SIGNING_TIME_NS = "http://example.org/#signatureProperties"
SIGNING_TIME = f"{{{SIGNING_TIME_NS}}}SigningTime"

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_PSS_SHA256 = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ECDSA_SHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"

# All that is accepted.
ACCEPTED_METHODS = {
    KeyKind.RSA: frozenset({RSA_SHA256, RSA_PSS_SHA256}),
    KeyKind.EC: frozenset({ECDSA_SHA256, ECDSA_SHA384}),
}
# The digest that goes with a method, in both References; its length in bytes.
DIGESTS = {RSA_SHA256: SHA256, RSA_PSS_SHA256: SHA256, ECDSA_SHA256: SHA256, ECDSA_SHA384: SHA384}
DIGEST_SIZES = {SHA256: 32, SHA384: 48, SHA512: 64}
EC_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
RSA_BITS = range(2048, 8193)  # the upper end bounds the work that a stranger's certificate can cause
RSA_LEAST_EXPONENT = 65537

DEFAULT_PLACE = "CKy_Dvi"
MAX_CERTIFICATES = 5

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def ds(name: str) -> str:
    """Return the qualified name of an XMLDSig element, as lxml writes it."""
    return f"{{{DS}}}{name}"


def format_time(moment: datetime) -> str:
    """Write an aware moment as UTC with whole seconds, ``2025-01-31T08:00:00Z``."""
    return to_utc(moment).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def parse_time(text: str) -> datetime:
    """Read what ``format_time`` wrote, exactly.

    Raises:
        ValueError: it is written in any other way.
    """
    moment = datetime.strptime(text, _TIME_FORMAT).replace(tzinfo=UTC)
    if format_time(moment) != text:  # strptime takes "2025-1-1T8:0:0Z" and other digits too
        raise ValueError(f"not in the form {_TIME_FORMAT}: {text!r}")
    return moment
