"""CMS signatures to forge, and what a run keeps for whoever verifies later."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import HealthCheck, settings

from chukyso.evidence.validation import VALIDATION_DIRECTORY, save_validation
from chukyso.signature.assess import assess
from chukyso.signature.cms import sign_cms
from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.presign import ASK_THIS_MACHINE, validate_certificate
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.verdict import Verdict
from support.signature import NOW, Party, Pki

CONTENT = "Nội dung của một tệp bất kỳ.\r\n".encode() + bytes(range(256))
ChangeCms = Callable[[cms.SignedData], None]

# A longer search, outside CI: CHUKYSO_EXAMPLES=20000 pytest tests/signature/test_verify_properties.py
EXAMPLES = int(os.environ.get("CHUKYSO_EXAMPLES", "250"))
PROPERTY = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def signed_cms(pki: Pki, content: bytes = CONTENT, party: Party | None = None) -> bytes:
    party = party or pki.leaf
    return sign_cms(content, party.ours, party.sign, signing_time=NOW, chain=pki.chain)


def forged_cms(der: bytes, change: ChangeCms, party: Party | None = None) -> bytes:
    """Change a signature and, given a signer, make it mathematically right again."""
    info = cms.ContentInfo.load(der)
    signed = info["content"]
    change(signed)
    if party is not None:
        signer = signed["signer_infos"][0]
        signer["signature"] = sign_der(party, signer["signed_attrs"].untag().dump())
    return bytes(info.dump())


def sign_der(party: Party, data: bytes) -> bytes:
    if isinstance(party.key, rsa.RSAPrivateKey):
        return party.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return party.key.sign(data, ec.ECDSA(hashes.SHA256()))


def refused_cms(der: bytes, content: bytes | None = CONTENT, **options: object) -> Refusal:
    with pytest.raises(SignatureRefused) as caught:
        check_cms_signature(der, content, **options)
    assert caught.value.detail
    return caught.value.refusal


def verdict(pki: Pki, data: bytes, **options: object) -> Verdict:
    return assess(data, **{"at": NOW, "trust": pki.trust, **options})


def conclusion(pki: Pki, data: bytes, **options: object) -> str:
    return verdict(pki, data, **options).name


@dataclass(frozen=True)
class Kept:
    """What a run keeps: the certificates of the path, and the answers about revocation.

    Attributes:
        directory: Where.
        root: PEM file with the root's certificate.
    """

    directory: Path
    root: Path


def keep(pki: Pki, output: Path, party: Party | None = None) -> Kept:
    """Validate a certificate before it signs and keep what was found out, as a run does."""
    party = party or pki.leaf
    validation = validate_certificate(party.ours, pki.chain, pki.trust, at=NOW, revocation=ASK_THIS_MACHINE)
    facts = save_validation(output, validation)
    assert {answer.kind for answer in facts.answers} == {"crl", "ocsp"}
    root = output / "evidence" / "sandbox-root.pem"
    root.write_bytes(pki.root.pem)
    return Kept(output / VALIDATION_DIRECTORY, root)
