"""Finding paths among certificates that a stranger chose: bounded, whatever lies around, and no good path is missed."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chukyso.certificate import Certificate
from chukyso.certificate_limits import MAX_ATTRIBUTES, MAX_SIZE, MAX_VALUES, TooComplex, check_limits
from chukyso.errors import ChukysoError, Code
from chukyso.signature import candidates
from chukyso.signature.candidates import PathSearch, parse, parse_helpers
from chukyso.signature.path import find_path
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import TrustStore
from support.signature import NOW, Party, Pki, issue, key_usage, name

CA_USAGE = key_usage(key_cert_sign=True, crl_sign=True)


def ca(common: str, issuer: Party | None = None, key: ec.EllipticCurvePrivateKey | None = None) -> Party:
    key = key or ec.generate_private_key(ec.SECP256R1())
    return issue(name(common), key, issuer, ca=True, usage=CA_USAGE)


def found(leaf: Party, helpers: Sequence[Party], roots: Sequence[Party]) -> tuple[list[list[bytes]], PathSearch]:
    search = PathSearch([parse(root.der) for root in roots], parse_helpers(one.der for one in helpers), NOW)
    paths = [[one.dump() for one in path.iter_certs(include_root=True)] for path in search.paths(parse(leaf.der))]
    return paths, search


def refusal(leaf: Party, helpers: Sequence[Party], roots: Sequence[Party]) -> Refusal:
    with pytest.raises(SignatureRefused) as caught:
        find_path(leaf.der, [one.der for one in helpers], [one.der for one in roots], at=NOW, revocation=None)
    return caught.value.refusal


def test_certificates_that_issued_each_other_lead_nowhere_soon() -> None:
    """Every one signed by every other: walked through, that would be more ways than there are seconds."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(12)]
    tangle = [
        issue(name("Same"), mine, Party(ca("Same").certificate, theirs), ca=True, usage=CA_USAGE)
        for mine in keys
        for theirs in keys
        if mine is not theirs
    ]
    leaf = issue(name("x"), keys[0], Party(tangle[0].certificate, keys[0]))
    assert refusal(leaf, tangle, [ca("Root")]) is Refusal.CERT_TOO_COMPLEX


def test_tangle_beside_a_good_chain_does_not_hide_it() -> None:
    root = ca("Root")
    good = ca("Same", root)
    tangle = [ca("Same", Party(good.certificate, good.key)) for _ in range(9)]
    leaf = issue(name("x"), ec.generate_private_key(ec.SECP256R1()), good)
    path = find_path(leaf.der, [one.der for one in (*tangle, good)], [root.der], at=NOW, revocation=None)
    assert path.certificates == (leaf.der, good.der, root.der)


def test_same_name_with_the_same_key_is_no_step() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    helpers = [ca("Same", Party(ca("Same", key=key).certificate, key), key) for _ in range(9)]
    leaf = issue(name("x"), ec.generate_private_key(ec.SECP256R1()), helpers[0])
    paths, search = found(leaf, helpers, [ca("Root")])
    assert not paths
    assert not search.exhausted


def test_chain_that_is_longer_than_any() -> None:
    root = issuer = ca("Root")
    helpers = []
    for number in range(candidates.MAX_LENGTH):
        issuer = ca(f"CA {number}", issuer)
        helpers.append(issuer)
    leaf = issue(name("x"), ec.generate_private_key(ec.SECP256R1()), issuer)
    assert refusal(leaf, helpers, [root]) is Refusal.CERT_TOO_COMPLEX
    short = issue(name("x"), ec.generate_private_key(ec.SECP256R1()), helpers[-3])
    assert len(found(short, helpers, [root])[0]) == 1


def test_paths_are_counted() -> None:
    root = ca("Root")
    key = ec.generate_private_key(ec.SECP256R1())
    many = [ca("CA", root, key) for _ in range(candidates.MAX_PATHS + 3)]
    leaf = issue(name("x"), ec.generate_private_key(ec.SECP256R1()), many[0])
    paths, search = found(leaf, many, [root])
    assert len(paths) == candidates.MAX_PATHS
    assert search.exhausted


def test_a_path_that_does_not_hold_is_passed_over_for_one_that_does() -> None:
    root = ca("Root")
    key = ec.generate_private_key(ec.SECP256R1())
    no_ca = issue(name("CA"), key, root, usage=CA_USAGE)
    good = ca("CA", root, key)
    leaf = issue(name("x"), ec.generate_private_key(ec.SECP256R1()), good)
    for helpers in ([no_ca, good], [good, no_ca]):
        found_path = find_path(leaf.der, [one.der for one in helpers], [root.der], at=NOW, revocation=None)
        assert found_path.certificates[1] == good.der


def test_names_that_differ_in_case_and_blanks_are_the_same() -> None:
    root = ca("Trung  tâm GỐC")
    between = issue(name("x"), ec.generate_private_key(ec.SECP256R1()), root, ca=True, usage=CA_USAGE)
    spelled = ca(" trung tâm gốc ", key=root.key)  # type: ignore[arg-type]
    path = find_path(between.der, [], [spelled.der], at=NOW, revocation=None)
    assert path.certificates == (between.der, spelled.der)


def test_helper_that_cannot_be_read_does_not_matter(pki: Pki) -> None:
    helpers = (b"nothing", pki.ca.der[:-1], b"\x30\x80" + pki.ca.der, pki.ca.der)
    path = find_path(pki.leaf.der, helpers, [pki.root.der], at=NOW, revocation=None)
    assert path.certificates == (pki.leaf.der, pki.ca.der, pki.root.der)


# -- what one certificate may hold ----------------------------------------------------------------------------


def wide(attributes: int) -> bytes:
    many = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{number}") for number in range(attributes)]
    return issue(name("x", extra=many), ec.generate_private_key(ec.SECP256R1())).der


def with_names(count: int) -> bytes:
    names = x509.SubjectAlternativeName([x509.DNSName(f"{number}.example") for number in range(count)])
    return issue(name("x"), ec.generate_private_key(ec.SECP256R1()), extensions=[names]).der


def large(size: int) -> bytes:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(size))
    return issue(name("x"), ec.generate_private_key(ec.SECP256R1()), extensions=[extension]).der


@pytest.mark.parametrize(
    "der",
    [wide(MAX_ATTRIBUTES), with_names(MAX_VALUES), large(MAX_SIZE), b"\x30\x82\xff\xff" + bytes(MAX_SIZE)],
    ids=["attributes", "names", "size", "zeros"],
)
def test_certificate_that_holds_too_much(der: bytes) -> None:
    with pytest.raises(TooComplex):
        check_limits(der)
    with pytest.raises(TooComplex):
        parse(der)
    with pytest.raises(ChukysoError) as caught:
        Certificate.from_der(der)
    assert caught.value.code is Code.CERT_UNREADABLE
    assert "quá lớn" in str(caught.value)


def test_deep_certificate() -> None:
    der = b""
    for _ in range(40):
        der = bytes([0x30, len(der)]) + der
    with pytest.raises(TooComplex):
        check_limits(der)


@pytest.mark.parametrize(
    "der", [b"", b"\x30", b"\x30\x84", b"\x1f", b"\x1f\xff\xff", b"\x30\x80\x00\x00", b"\xff" * 64]
)
def test_what_is_no_certificate_is_left_to_the_parser(der: bytes) -> None:
    check_limits(der)


def test_what_authorities_issue_is_far_from_the_limits(pki: Pki) -> None:
    for der in (pki.leaf.der, pki.ca.der, pki.root.der, wide(40), with_names(200)):
        check_limits(der)
        assert Certificate.from_der(der).der == der


@pytest.mark.parametrize("version", [1, 3, 7])
def test_certificate_of_a_version_that_does_not_exist(pki: Pki, version: int) -> None:
    """``cryptography`` says so with an error of its own, which is no ValueError."""
    assert pki.ca.der.count(b"\xa0\x03\x02\x01\x02") == 1
    odd = pki.ca.der.replace(b"\xa0\x03\x02\x01\x02", bytes([0xA0, 3, 2, 1, version]))
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(odd) + b"-----END CERTIFICATE-----\n"
    with pytest.raises(ValueError, match="InvalidVersion"):
        TrustStore.from_pem(pki.root.pem, pem)
    path = find_path(pki.leaf.der, (odd, pki.ca.der), [pki.root.der], at=NOW, revocation=None)
    assert path.certificates[1] == pki.ca.der
