"""How a token makes the signature that XMLDSig wants: RSA PKCS#1 v1.5 or ECDSA, always over SHA-256.

Numbers are PKCS#11's own (v2.40). RSA-PSS or P-384 would be further plans here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

from chukyso.errors import ChukysoError, Code

CKK_RSA = 0x0
CKK_EC = 0x3

# DigestInfo for SHA-256 without the digest (RFC 8017, section 9.2, note 1).
_DIGEST_INFO_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True)
class Plan:
    """One way to sign.

    Attributes:
        mechanism: ``CKM_…`` number.
        name: Its name.
        prepare: Turns the data to be signed into what ``C_Sign`` gets.
    """

    mechanism: int
    name: str
    prepare: Callable[[bytes], bytes]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# A bare hash into CKM_RSA_PKCS "succeeds" with a signature that nobody can verify: it needs the DigestInfo around it.
_PLANS = {
    CKK_RSA: (
        Plan(0x40, "CKM_SHA256_RSA_PKCS", bytes),
        Plan(0x1, "CKM_RSA_PKCS", lambda data: _DIGEST_INFO_SHA256 + _sha256(data)),
    ),
    CKK_EC: (Plan(0x1041, "CKM_ECDSA", _sha256),),
}


def choose_plan(key_type: int, offered: Collection[int], *, serial: str) -> Plan:
    """The first plan for this kind of key that the token offers.

    Args:
        key_type: ``CKA_KEY_TYPE`` of the private key.
        offered: Mechanisms of the token.
        serial: Serial of the certificate, for the error.

    Raises:
        ChukysoError: ``CERT_KEY_UNSUPPORTED``.
    """
    for plan in _PLANS.get(key_type, ()):
        if plan.mechanism in offered:
            return plan
    raise ChukysoError(
        Code.CERT_KEY_UNSUPPORTED,
        f"key type 0x{key_type:x}; the token offers {sorted(map(hex, offered))}",
        serial=serial,
        reason="token không có thuật toán ký phù hợp",
    )
