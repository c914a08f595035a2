"""How a token makes a signature: which PKCS#11 mechanism for which scheme, and what it is given.

Numbers are PKCS#11's own (v2.40). Standard library only: parent and child process share these types.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from chukyso.errors import ChukysoError, Code

CKK_RSA = 0x0
CKK_EC = 0x3

_CKM_RSA_PKCS, _CKM_RSA_PKCS_PSS, _CKM_ECDSA = 0x1, 0xD, 0x1041


class HashAlgorithm(StrEnum):
    """Hash algorithms that may be signed. SHA-1 and MD5 are not among them, and nothing adds them."""

    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"

    @property
    def size(self) -> int:
        """Length of a digest in bytes."""
        return hashlib.new(self).digest_size

    def digest(self, data: bytes) -> bytes:
        return hashlib.new(self, data).digest()


class Family(StrEnum):
    """Kinds of signatures: PKCS#1 v1.5 (RSASSA-PKCS1-v1_5), RSASSA-PSS, ECDSA."""

    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"
    ECDSA = "ecdsa"


@dataclass(frozen=True)
class Scheme:
    """A signature algorithm. RSA-PSS always means: MGF1 with the same hash, salt as long as the hash (RFC 8017).

    Attributes:
        family: The kind of signature.
        hash: The hash algorithm.
    """

    family: Family
    hash: HashAlgorithm = HashAlgorithm.SHA256

    def __str__(self) -> str:
        return f"{self.family}-{self.hash}"


@dataclass(frozen=True)
class PssParameters:
    """``CK_RSA_PKCS_PSS_PARAMS``: mechanism of the hash, mask generation function, length of the salt in bytes."""

    hash: int
    mask: int
    salt: int


@dataclass(frozen=True)
class Plan:
    """One way to sign.

    Attributes:
        mechanism: ``CKM_…`` number.
        name: Its name.
        prepare: Turns what is to be signed (the data, or its digest) into what ``C_Sign`` gets.
        pss: Parameter of the mechanism, if it takes one.
    """

    mechanism: int
    name: str
    prepare: Callable[[bytes], bytes]
    pss: PssParameters | None = None


@dataclass(frozen=True)
class _Numbers:
    """What PKCS#11 and RFC 8017 (section 9.2, note 1: DigestInfo without the digest) call a hash algorithm."""

    with_pkcs: int
    with_pss: int
    pss_hash: int
    mask: int
    digest_info: bytes


_NUMBERS = {
    HashAlgorithm.SHA256: _Numbers(0x40, 0x43, 0x250, 2, bytes.fromhex("3031300d060960864801650304020105000420")),
    HashAlgorithm.SHA384: _Numbers(0x41, 0x44, 0x260, 3, bytes.fromhex("3041300d060960864801650304020205000430")),
    HashAlgorithm.SHA512: _Numbers(0x42, 0x45, 0x270, 4, bytes.fromhex("3051300d060960864801650304020305000440")),
}
_KEY_TYPES = {Family.RSA_PKCS1: CKK_RSA, Family.RSA_PSS: CKK_RSA, Family.ECDSA: CKK_EC}


def choose_plan(key_type: int, offered: Collection[int], scheme: Scheme, *, serial: str) -> Plan:
    """The first plan for this scheme that the token offers; a token that hashes itself goes before one that does not.

    Args:
        key_type: ``CKA_KEY_TYPE`` of the private key.
        offered: Mechanisms of the token.
        scheme: The signature that is wanted.
        serial: Serial of the certificate, for the error.

    Raises:
        ChukysoError: ``CERT_KEY_UNSUPPORTED``.
    """
    if key_type == _KEY_TYPES[scheme.family]:
        for plan in _plans(scheme):
            if plan.mechanism in offered:
                return plan
    raise ChukysoError(
        Code.CERT_KEY_UNSUPPORTED,
        f"{scheme} with a key of type 0x{key_type:x}; the token offers {sorted(map(hex, offered))}",
        serial=serial,
        reason="token không có thuật toán ký phù hợp",
    )


def _plans(scheme: Scheme) -> list[Plan]:
    numbers, name = _NUMBERS[scheme.hash], scheme.hash.upper()
    hashed = scheme.hash.digest
    if scheme.family is Family.ECDSA:
        return [Plan(_CKM_ECDSA, "CKM_ECDSA", hashed)]
    if scheme.family is Family.RSA_PSS:
        pss = PssParameters(numbers.pss_hash, numbers.mask, scheme.hash.size)
        whole = Plan(numbers.with_pss, f"CKM_{name}_RSA_PKCS_PSS", bytes, pss)
        over_hash = Plan(_CKM_RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS", hashed, pss)
    else:
        whole = Plan(numbers.with_pkcs, f"CKM_{name}_RSA_PKCS", bytes)
        # A bare hash into CKM_RSA_PKCS "succeeds" with a signature that nobody can verify: it needs the DigestInfo
        # around it.
        over_hash = Plan(_CKM_RSA_PKCS, "CKM_RSA_PKCS", lambda data: numbers.digest_info + hashed(data))
    return [whole, over_hash]
