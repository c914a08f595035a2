"""How tokens sign: every scheme on a real token, with OpenSSL as second opinion, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState
from chukyso.token.client import TokenWorker
from chukyso.token.mechanisms import CKK_EC, CKK_RSA, Family, HashAlgorithm, Scheme, choose_plan
from chukyso.token.signing_job import MAX_DATA
from chukyso.token.verification import encode_signature, scheme_of
from support.signing import SecondOpinion
from support.token import PIN, WRONG_PIN, Entry, SoftHsm, ec_key, failure, issue, rsa_key, softhsm_token

DATA = "Tờ khai thay đổi chữ ký số".encode() * 40
PSS = Scheme(Family.RSA_PSS)
ENTRIES = {
    "rsa": issue(),
    "p256": issue(key=ec_key()),
    "p384": issue(key=ec_key(bits=384)),
    "careful": issue(always_authenticate=True),
    "stranger": Entry(issue().certificate, rsa_key(1), b"stranger"),
    "hidden-stranger": Entry(issue().certificate, rsa_key(1), b"hidden", public=False),
    "ec-stranger": Entry(issue(key=ec_key()).certificate, ec_key(1), b"ec-stranger", public=False),
}


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    return softhsm_token(tmp_path_factory.mktemp("signing"))


@pytest.fixture(scope="module")
def serial(hsm: SoftHsm) -> str:
    return hsm.add_token(entries=list(ENTRIES.values()))


@pytest.fixture
def worker(hsm: SoftHsm, serial: str) -> Iterator[TokenWorker]:
    with TokenWorker(hsm.module, hsm.environment) as opened:
        yield opened


@pytest.fixture
def only(hsm: SoftHsm) -> Iterator[object]:
    """Leave the token these mechanisms only."""
    yield hsm.configure
    hsm.configure()


def openssl_form(entry: Entry, signature: bytes) -> bytes:
    return encode_signature(signature, entry.parsed, scheme_of(entry.parsed))


@pytest.mark.parametrize(
    ("name", "scheme", "mechanism", "openssl"),
    [
        ("rsa", None, "CKM_SHA256_RSA_PKCS", ("sha256",)),
        ("rsa", Scheme(Family.RSA_PKCS1, HashAlgorithm.SHA512), "CKM_SHA512_RSA_PKCS", ("sha512",)),
        ("rsa", PSS, "CKM_SHA256_RSA_PKCS_PSS", ("sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:32")),
        ("p256", None, "CKM_ECDSA", ("sha256",)),
        ("p384", None, "CKM_ECDSA", ("sha384",)),
    ],
)
def test_every_scheme(
    worker: TokenWorker,
    serial: str,
    second_opinion: SecondOpinion,
    name: str,
    scheme: Scheme | None,
    mechanism: str,
    openssl: tuple[str, ...],
) -> None:
    entry = ENTRIES[name]
    signature = worker.sign(serial, entry.key_id, DATA, PIN, scheme=scheme)
    assert worker.last_signing is not None
    assert worker.last_signing.mechanism == mechanism
    shown = openssl_form(entry, signature)
    assert second_opinion.raw(entry.certificate, DATA, shown, *openssl)
    assert not second_opinion.raw(entry.certificate, DATA + b" ", shown, *openssl)


@pytest.mark.parametrize(
    ("offered", "scheme", "mechanism", "openssl"),
    [
        ("CKM_RSA_PKCS", None, "CKM_RSA_PKCS", ("sha256",)),
        ("CKM_RSA_PKCS_PSS", PSS, "CKM_RSA_PKCS_PSS", ("sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:32")),
    ],
)
def test_we_hash_where_the_token_does_not(
    hsm: SoftHsm, serial: str, only, second_opinion: SecondOpinion, offered: str, scheme, mechanism, openssl
) -> None:
    only(f"{offered},CKM_SHA256")
    with TokenWorker(hsm.module, hsm.environment) as worker:
        signature = worker.sign(serial, ENTRIES["rsa"].key_id, DATA, PIN, scheme=scheme)
        assert worker.last_signing is not None
        assert worker.last_signing.mechanism == mechanism
    assert second_opinion.raw(ENTRIES["rsa"].certificate, DATA, signature, *openssl)


def test_token_without_the_mechanism(hsm: SoftHsm, serial: str, only) -> None:
    only("CKM_RSA_PKCS,CKM_SHA256_RSA_PKCS")
    with TokenWorker(hsm.module, hsm.environment) as worker:
        error = failure(lambda: worker.sign(serial, ENTRIES["rsa"].key_id, DATA, PIN, scheme=PSS))
    assert error.code is Code.CERT_KEY_UNSUPPORTED


def test_scheme_follows_the_key() -> None:
    assert scheme_of(ENTRIES["rsa"].parsed) == Scheme(Family.RSA_PKCS1)
    assert scheme_of(ENTRIES["rsa"].parsed, pss=True) == PSS
    assert scheme_of(ENTRIES["p256"].parsed, pss=True) == Scheme(Family.ECDSA)
    assert scheme_of(ENTRIES["p384"].parsed) == Scheme(Family.ECDSA, HashAlgorithm.SHA384)
    for curve in (ec.SECP521R1(), ec.SECP256K1()):  # the latter has P-256's size and is another curve
        error = failure(lambda one=curve: scheme_of(issue(key=ec.generate_private_key(one)).parsed))
        assert error.code is Code.CERT_KEY_UNSUPPORTED


@pytest.mark.parametrize(("name", "scheme"), [("rsa", Scheme(Family.ECDSA)), ("p256", Scheme(Family.RSA_PKCS1))])
def test_scheme_of_another_key_is_refused_before_login(worker: TokenWorker, serial: str, name: str, scheme) -> None:
    error = failure(lambda: worker.sign(serial, ENTRIES[name].key_id, DATA, WRONG_PIN, scheme=scheme))
    assert error.code is Code.CERT_KEY_UNSUPPORTED
    assert worker.token(serial).pin_state is PinState.OK


def test_plans() -> None:
    rsa, ecdsa = Scheme(Family.RSA_PKCS1), Scheme(Family.ECDSA)

    def name(key_type: int, offered: set[int], scheme: Scheme) -> str:
        return choose_plan(key_type, offered, scheme, serial="1").name

    assert name(CKK_RSA, {0x1, 0x40}, rsa) == "CKM_SHA256_RSA_PKCS"
    assert name(CKK_RSA, {0x1}, rsa) == "CKM_RSA_PKCS"
    assert name(CKK_RSA, {0x1, 0xD, 0x43}, PSS) == "CKM_SHA256_RSA_PKCS_PSS"
    assert name(CKK_EC, {0x1041}, ecdsa) == "CKM_ECDSA"
    refused = [(CKK_RSA, {0x1041}, rsa), (CKK_EC, {0x1}, ecdsa), (0x99, {0x1}, rsa), (CKK_EC, {0x1, 0x1041}, rsa)]
    for key_type, offered, scheme in refused:
        with pytest.raises(ChukysoError) as raised:
            name(key_type, offered, scheme)
        assert raised.value.code is Code.CERT_KEY_UNSUPPORTED


@pytest.mark.parametrize("name", ["rsa", "p384", "careful"])
def test_many_with_one_login(worker: TokenWorker, serial: str, second_opinion: SecondOpinion, name: str) -> None:
    entry = ENTRIES[name]
    data = [DATA + bytes([number]) for number in range(4)]
    signatures = worker.sign_many(serial, entry.key_id, data, PIN)
    assert len(signatures) == 4
    hash_name = "sha384" if name == "p384" else "sha256"
    for item, signature in zip(data, signatures, strict=True):
        assert second_opinion.raw(entry.certificate, item, openssl_form(entry, signature), hash_name)


@pytest.mark.parametrize("data", [[], [b""], [b"x", b""], [b"x" * MAX_DATA, b"x"]], ids=["none", "empty", "one", "big"])
def test_what_cannot_be_signed(worker: TokenWorker, serial: str, data: list[bytes]) -> None:
    error = failure(lambda: worker.sign_many(serial, ENTRIES["rsa"].key_id, data, WRONG_PIN))
    assert error.code is Code.DOCUMENT_INVALID
    assert worker.token(serial).pin_state is PinState.OK


def test_most_data_that_is_signed(worker: TokenWorker, serial: str) -> None:
    assert len(worker.sign(serial, ENTRIES["rsa"].key_id, b"x" * MAX_DATA, PIN)) == 256


def test_public_key_of_another_certificate_is_refused_before_login(worker: TokenWorker, serial: str) -> None:
    error = failure(lambda: worker.sign(serial, b"stranger", DATA, WRONG_PIN))
    assert error.code is Code.CERT_KEY_MISMATCH
    assert worker.token(serial).pin_state is PinState.OK


def test_private_key_of_another_certificate_is_refused(worker: TokenWorker, serial: str) -> None:
    error = failure(lambda: worker.sign(serial, b"hidden", DATA, PIN))
    assert error.code is Code.CERT_KEY_MISMATCH


def test_signature_of_a_key_that_hides_is_caught(worker: TokenWorker, serial: str) -> None:
    """It is a good signature of the wrong key, and nothing on the token says so: it must not leave."""
    assert failure(lambda: worker.sign(serial, b"ec-stranger", DATA, PIN)).code is Code.SIGNATURE_INVALID


def test_child_ends_after_each_kind_of_signature(worker: TokenWorker, serial: str) -> None:
    """It knows the PIN by then."""
    key_id = ENTRIES["rsa"].key_id
    for sign in (
        lambda: worker.sign(serial, key_id, DATA, PIN),
        lambda: worker.sign_many(serial, key_id, [DATA], PIN),
    ):
        worker.tokens()
        child = worker._child
        assert child is not None
        sign()
        assert child.ended
        assert worker._child is None
