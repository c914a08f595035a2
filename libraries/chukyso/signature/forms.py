"""Which forms of signature a verifier reads, and the algorithms that it knows.

``OURS`` is the one shape that is made here (``profile``): portal, agent and evidence take no other, since each further
transform, reference or place is room for signature wrapping. ``KNOWN`` adds what other programs make and can be read
safely; it is for the verdict on a stranger's document. What is in neither is said to be unsupported, never weak.
"""

from __future__ import annotations

from enum import Enum, auto

from lxml import etree

from chukyso.certificate import KeyKind
from chukyso.signature.profile import (
    DIGEST_SIZES,
    DS,
    ECDSA_SHA256,
    ECDSA_SHA384,
    EXC_C14N,
    RSA_PSS_SHA256,
    RSA_SHA256,
)
from chukyso.signature.refusal import Refusal, SignatureRefused

_MORE_2001 = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_XMLENC = "http://www.w3.org/2001/04/xmlenc#"

SHA1 = f"{DS}sha1"
C14N_10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"
INCLUSIVE = frozenset({C14N_10, C14N_11})
CANONICALIZATIONS = INCLUSIVE | {EXC_C14N}

DIGESTS = frozenset(DIGEST_SIZES)
METHODS = {
    KeyKind.RSA: frozenset(
        {RSA_SHA256, RSA_PSS_SHA256}
        | {f"{_MORE_2001}rsa-sha{size}" for size in (384, 512)}
        | {f"{_MORE_2007}sha{size}-rsa-MGF1" for size in (384, 512)}
    ),
    KeyKind.EC: frozenset({ECDSA_SHA256, ECDSA_SHA384, f"{_MORE_2001}ecdsa-sha512"}),
}
ALL_METHODS = METHODS[KeyKind.RSA] | METHODS[KeyKind.EC]

# The names of RFC 9231 with SHA-1, MD5, RIPEMD-160 or SHA-224: known, and too weak.
WEAK = frozenset(
    {f"{DS}{name}" for name in ("sha1", "rsa-sha1", "dsa-sha1", "hmac-sha1")}
    | {
        f"{_MORE_2001}{name}"
        for name in (
            *("md5", "rsa-md5", "hmac-md5", "rsa-ripemd160", "hmac-ripemd160", "ecdsa-sha1"),
            *("sha224", "rsa-sha224", "ecdsa-sha224", "hmac-sha224"),
        )
    }
    | {f"{_MORE_2007}{name}-rsa-MGF1" for name in ("md2", "md5", "sha1", "sha224", "ripemd128", "ripemd160")}
    | {f"{_MORE_2007}ecdsa-ripemd160", f"{_XMLENC}ripemd160"}
)


class Forms(Enum):
    """Which forms are read; see the module."""

    OURS = auto()
    KNOWN = auto()

    def refusal(self, ours: Refusal) -> Refusal:
        """What to say of what is not ours: ``ours``, or, where other forms are read, that it is not supported."""
        return ours if self is Forms.OURS else Refusal.SIG_UNSUPPORTED


def known_algorithm(element: etree._Element, known: frozenset[str]) -> str:
    """Return the algorithm that an element names.

    Args:
        element: With an attribute Algorithm.
        known: What is read.

    Raises:
        SignatureRefused: ``SIG_ALGORITHM`` for one that is too weak, ``SIG_UNSUPPORTED`` for any other that is not
            known, and for parameters.
    """
    value = str(element.get("Algorithm", ""))
    what = f"{etree.QName(element).localname} {value[:200]!r}"
    if value in WEAK:
        raise SignatureRefused(Refusal.SIG_ALGORITHM, f"{what} is too weak")
    if value not in known:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, what)
    if set(element.attrib) != {"Algorithm"} or len(element) or (element.text or "").strip():
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"{what} with parameters")
    return value
