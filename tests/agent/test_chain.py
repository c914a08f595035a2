"""Which issuers' certificates go into a signature."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from chukyso.agent.core.signer import find_issuers
from chukyso.certificate import Certificate
from support.token import rsa_key


def issue(name: str, key: int, issuer: str, issuer_key: int) -> Certificate:
    """A certificate for ``name`` that the holder of ``issuer_key`` signed."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().serial_number(x509.random_serial_number())
    built = (
        builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(rsa_key(key).public_key())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(rsa_key(issuer_key), hashes.SHA256())
    )
    return Certificate.from_der(built.public_bytes(Encoding.DER))


ROOT = issue("root", 1, "root", 1)
UPPER = issue("upper", 2, "root", 1)
LOWER = issue("lower", 3, "upper", 2)
LEAF = issue("leaf", 4, "lower", 3)


def test_the_leafs_issuer_comes_first_and_no_root() -> None:
    assert find_issuers(LEAF, [ROOT, LEAF, UPPER, LOWER]) == (LOWER.der, UPPER.der)


def test_a_namesake_is_no_issuer() -> None:
    namesake = issue("lower", 5, "upper", 2)
    assert find_issuers(LEAF, [namesake, UPPER]) == ()
    assert find_issuers(LEAF, [namesake, LOWER]) == (LOWER.der,)


def test_two_that_issued_each_other_end() -> None:
    one, two = issue("one", 6, "two", 7), issue("two", 7, "one", 6)
    assert find_issuers(one, [one, two]) == (two.der,)
