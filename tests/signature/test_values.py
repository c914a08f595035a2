"""Signature values that are nearly right, at the three places that verify: XML, CMS, and what a token returned.

All refused, with the code for a wrong signature and with no other error; and the right ones in unusual spelling are
accepted, so that it is seen that the values are what they are called.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from chukyso.errors import ChukysoError
from chukyso.signature.cms import sign_cms
from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.sign import sign_xml
from chukyso.signature.verify import check_signature
from chukyso.token.mechanisms import Family, Scheme
from chukyso.token.verification import verify_signature
from support.signature import DOCUMENT, NOW, SIGNING_USAGE, Party, dump, find, issue, name, parse
from support.values import der_values, pkcs1_values, pss_values, raw_values
from support.verify import CONTENT, forged_cms

RSA, PSS, EC = (Scheme(family) for family in (Family.RSA_PKCS1, Family.RSA_PSS, Family.ECDSA))
DATA = "Dữ liệu nào đó".encode()


@dataclass(frozen=True)
class Signer:
    """A certificate with its key, and the way in which it signs."""

    party: Party
    scheme: Scheme

    def values(self, data: bytes, *, der: bool) -> dict[str, bytes]:
        """Values over data by name; for EC in DER or as r‖s."""
        key = self.party.key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return dict((der_values if der else raw_values)(key, data))
        return dict((pss_values if self.scheme is PSS else pkcs1_values)(key, data))

    def sign(self, data: bytes) -> bytes:
        return self.values(data, der=False)["good"]


KEYS: dict[str, tuple[Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey], Scheme]] = {
    "rsa-2048": (lambda: rsa.generate_private_key(65537, 2048), RSA),
    "rsa-2049": (lambda: rsa.generate_private_key(65537, 2049), RSA),
    "pss-2048": (lambda: rsa.generate_private_key(65537, 2048), PSS),
    "pss-2049": (lambda: rsa.generate_private_key(65537, 2049), PSS),
    "p256": (lambda: ec.generate_private_key(ec.SECP256R1()), EC),
    "p384": (lambda: ec.generate_private_key(ec.SECP384R1()), EC),
    "p521": (lambda: ec.generate_private_key(ec.SECP521R1()), EC),
}


@pytest.fixture(scope="module", params=KEYS)
def signer(request: pytest.FixtureRequest) -> Signer:
    make, scheme = KEYS[request.param]
    return Signer(issue(name("Công ty Hoa Sen Thử"), make(), usage=SIGNING_USAGE), scheme)


def outcomes(values: dict[str, bytes], verify: Callable[[bytes], object]) -> dict[str, str]:
    """What becomes of each value: "" when it is accepted, else the code, or the error that is none of ours."""
    found = {}
    for title, value in values.items():
        try:
            verify(value)
        except SignatureRefused as error:
            found[title] = error.refusal.value
        except ChukysoError as error:
            found[title] = error.code.name
        except Exception as error:  # noqa: BLE001 - which one it is, is what the test says
            found[title] = repr(error)
        else:
            found[title] = ""
    assert len(found) > 25
    return found


def expected(values: dict[str, bytes], code: str, **others: str) -> dict[str, str]:
    return {title: others.get(title, "" if title.startswith("good") else code) for title in values}


def test_xml(signer: Signer) -> None:
    asked: list[bytes] = []

    def sign(data: bytes) -> bytes:
        asked.append(data)
        return signer.sign(data)

    root = parse(sign_xml(DOCUMENT, signer.party.ours, sign, signing_time=NOW, scheme=signer.scheme))
    values = signer.values(asked[0], der=False)

    def verify(value: bytes) -> None:
        find(root, "SignatureValue").text = b64encode(value).decode()
        check_signature(dump(root), allow_pss=True)

    assert outcomes(values, verify) == expected(values, "SIG_BROKEN", empty="SIG_STRUCTURE")


def test_cms(signer: Signer) -> None:
    der = sign_cms(CONTENT, signer.party.ours, signer.sign, signing_time=NOW, scheme=signer.scheme)
    (signer_info,) = cms.ContentInfo.load(der)["content"]["signer_infos"]
    values = signer.values(signer_info["signed_attrs"].untag().dump(), der=True)

    def verify(value: bytes) -> None:
        def change(signed: cms.SignedData) -> None:
            signed["signer_infos"][0]["signature"] = value

        changed = forged_cms(der, change)
        assert value in changed
        check_cms_signature(changed, CONTENT)

    assert outcomes(values, verify) == expected(values, "SIG_BROKEN")


def test_token(signer: Signer) -> None:
    values = signer.values(DATA, der=False)
    certificate, wanted = signer.party.ours, expected(values, "SIGNATURE_INVALID")
    assert outcomes(values, lambda value: verify_signature(certificate, DATA, value, signer.scheme)) == wanted


def _signing(scheme: Scheme) -> tuple[rsa.RSAPrivateKey, Callable[[bytes], bytes]]:
    key, sha256 = rsa.generate_private_key(65537, 2048), hashes.SHA256()
    how = padding.PSS(padding.MGF1(sha256), 32) if scheme is PSS else padding.PKCS1v15()
    return key, lambda data: key.sign(data, how, sha256)


@pytest.mark.parametrize("scheme", [RSA, PSS], ids=["pkcs1", "pss"])
def test_value_without_its_leading_zero(scheme: Scheme) -> None:
    """One of 256 RSA signatures begins with a zero byte; a value has the length of the key all the same."""
    key, sign = _signing(scheme)
    party = issue(name("Công ty Hoa Sen Thử"), key, usage=SIGNING_USAGE)
    times = (NOW + timedelta(seconds=number) for number in count())
    signed = (parse(sign_xml(DOCUMENT, party.ours, sign, signing_time=at, scheme=scheme)) for at in times)
    root, value = next(
        (root, value) for root in signed if (value := b64decode(find(root, "SignatureValue").text or ""))[0] == 0
    )
    check_signature(dump(root), allow_pss=True)
    find(root, "SignatureValue").text = b64encode(value[1:]).decode()
    with pytest.raises(SignatureRefused, match="SIG_BROKEN"):
        check_signature(dump(root), allow_pss=True)


@pytest.mark.parametrize("scheme", [RSA, PSS], ids=["pkcs1", "pss"])
def test_value_of_a_token_without_its_leading_zero(scheme: Scheme) -> None:
    key, sign = _signing(scheme)
    party = issue(name("Công ty Hoa Sen Thử"), key, usage=SIGNING_USAGE)
    signed = ((data, sign(data)) for data in (b"%d" % number for number in count()))
    data, value = next((data, value) for data, value in signed if value[0] == 0)
    verify_signature(party.ours, data, value, scheme)
    with pytest.raises(ChukysoError):
        verify_signature(party.ours, data, value[1:], scheme)
