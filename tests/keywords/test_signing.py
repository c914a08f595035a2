"""Keywords that validate and sign, without a running suite; what they leave in the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from robot.api.types import Secret

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.directory import prepare_output
from chukyso.evidence.files import sha256
from chukyso.evidence.manifest import evidence_files, to_json
from chukyso.evidence.validation import save_validation
from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.presign import NO_ROOTS, ValidationStatus
from chukyso.signature.trust import RevocationMode
from chukyso.signature.verify import check_signature
from chukyso.token.client import TokenWorker
from chukyso.token.verification import scheme_of, verify_signature
from support.signature import DOCUMENT, Pki
from support.token import PIN, Entry, softhsm_token
from TokenLibrary.session import Session
from TokenLibrary.signing import SigningKeywords
from TokenLibrary.validation import ValidationKeywords


@pytest.fixture(scope="module")
def session(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An open token with an organisation's certificate, and its issuer's beside it."""
    hsm = softhsm_token(tmp_path_factory.mktemp("keywords"))
    entries = [Entry(pki.leaf.certificate, pki.leaf_key, b"leaf"), Entry(pki.ca.certificate, pki.leaf_key, b"", 0)]
    serial = hsm.add_token(entries=entries)
    opened = Session()
    opened.open(TokenWorker(hsm.module, hsm.environment), serial)
    yield opened
    opened.close()


@pytest.fixture
def roots(pki: Pki, tmp_path: Path) -> Path:
    file = tmp_path / "roots.pem"
    file.write_bytes(pki.root.certificate.public_bytes(Encoding.PEM))
    return file


def leaf(pki: Pki) -> Certificate:
    return pki.leaf.ours


def test_issuers_come_from_the_token(pki: Pki, session: Session, roots: Path) -> None:
    pki.reset()
    found = ValidationKeywords(session).validate_certificate(leaf(pki).serial, roots=roots, this_machine_only=True)
    assert found.standing is ValidationStatus.VALID
    assert found.path is not None
    assert found.path.certificates[1] == pki.ca.der


def test_the_internet_is_asked_unless_told_otherwise(pki: Pki, session: Session, roots: Path) -> None:
    pki.reset()
    keywords = ValidationKeywords(session)
    with pytest.raises(ChukysoError) as caught:
        keywords.validate_certificate(leaf(pki), roots=roots)
    assert caught.value.code is Code.CERT_REVOCATION_UNKNOWN
    assert pki.server.requests == []
    found = keywords.validate_certificate(leaf(pki), roots=roots, revocation=RevocationMode.BEST_EFFORT)
    assert found.standing is ValidationStatus.NOT_ASKED


@pytest.mark.parametrize("roots", [None, Path()])
def test_without_roots(pki: Pki, session: Session, roots: Path | None) -> None:
    found = ValidationKeywords(session).validate_certificate(leaf(pki), roots=roots)
    assert (found.standing, found.reason) == (ValidationStatus.NOT_VALIDATED, NO_ROOTS)


def test_roots_that_cannot_be_read(pki: Pki, session: Session, tmp_path: Path) -> None:
    with pytest.raises(ChukysoError) as caught:
        ValidationKeywords(session).validate_certificate(leaf(pki), roots=tmp_path / "none.pem")
    assert caught.value.code is Code.OPTION_INVALID


def test_evidence(pki: Pki, session: Session, roots: Path, tmp_path: Path) -> None:
    pki.reset()
    (tmp_path / "evidence" / "validation").mkdir(parents=True)
    stale = tmp_path / "evidence" / "validation" / "crl-9.der"
    stale.write_bytes(b"of an earlier run")
    prepare_output(tmp_path)
    assert not stale.exists()
    found = ValidationKeywords(session).validate_certificate(leaf(pki), roots=roots, this_machine_only=True)
    facts = save_validation(tmp_path, found)
    directory = tmp_path / "evidence" / "validation"
    saved = json.loads((directory / "validation.json").read_text(encoding="utf-8"))
    assert saved == to_json(facts)
    assert found.path is not None
    for answer, raw in zip(saved["answers"], found.path.answers, strict=True):
        assert (tmp_path / answer["path"]).read_bytes() == raw.der
        assert sha256(tmp_path / answer["path"]) == answer["sha256"]
    assert {"validation.json", "path.pem", "crl-1.der", "ocsp-1.der"} <= {
        path.name for path in evidence_files(tmp_path)
    }


def test_evidence_says_when_nothing_was_validated(pki: Pki, session: Session, tmp_path: Path) -> None:
    facts = save_validation(tmp_path, ValidationKeywords(session).validate_certificate(leaf(pki)))
    saved = json.loads((tmp_path / "evidence" / "validation" / "validation.json").read_text(encoding="utf-8"))
    assert (saved["verdict"], saved["reason"], saved["path"], saved["answers"]) == ("not-validated", NO_ROOTS, [], [])
    assert facts.certificate_serial == leaf(pki).serial
    assert [path.name for path in (tmp_path / "evidence" / "validation").iterdir()] == ["validation.json"]


@pytest.mark.parametrize("pss", [False, True])
def test_signatures(pki: Pki, session: Session, tmp_path: Path, pss: bool) -> None:
    keywords, certificate, pin = SigningKeywords(session), leaf(pki), Secret(PIN)
    scheme = scheme_of(certificate, pss=pss)
    (tmp_path / "data").write_bytes(b"data")
    der = keywords.sign_cms(tmp_path / "data", certificate.serial, pin, pss=pss)
    assert check_cms_signature(der, b"data", expected=certificate).chain == pki.chain
    verify_signature(certificate, b"x", keywords.sign_data(b"x", certificate.serial, pin, pss=pss), scheme)
    signed = keywords.sign_xml(DOCUMENT, certificate.serial, pin, pss=pss)
    verified = check_signature(signed, expected=certificate, allow_pss=pss)
    assert verified.chain == pki.chain
    assert abs(datetime.now(UTC) - verified.signing_time).total_seconds() < 3600


def test_signature_at_the_end_of_the_document(pki: Pki, session: Session) -> None:
    signed = SigningKeywords(session).sign_xml(b"<A><B/></A>", leaf(pki).serial, Secret(PIN), place=".")
    assert check_signature(signed, place=None).certificate.serial == leaf(pki).serial
