"""Saves how the new certificate was validated before it signed: its path, and the answers of CRL and OCSP."""

from __future__ import annotations

import hashlib
import ssl
from collections import Counter
from pathlib import Path

from chukyso.certificate import Certificate
from chukyso.evidence.files import reporting_write_errors, write_whole
from chukyso.evidence.manifest import encode
from chukyso.evidence.model.signing import AnswerFacts, IssuerFacts, ValidationFacts
from chukyso.signature.presign import Validation
from chukyso.signature.trust import RevocationAnswer, ValidatedPath

VALIDATION_DIRECTORY = "evidence/validation"
_FACTS, _PATH = "validation.json", "path.pem"
VALIDATION_FILE = f"{VALIDATION_DIRECTORY}/{_FACTS}"


def save_validation(output: Path, validation: Validation, directory: str = VALIDATION_DIRECTORY) -> ValidationFacts:
    """Save path (PEM), answers (DER) and ``validation.json``, and return what the record says of them.

    Args:
        output: The run's directory.
        validation: What validating found.
        directory: Where in it, with ``/``.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    place = output / directory
    with reporting_write_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    issuers: tuple[IssuerFacts, ...] = ()
    answers: tuple[AnswerFacts, ...] = ()
    if validation.path is not None:
        issuers = _save_path(place, validation.path)
        answers = _save_answers(output, directory, validation.path.answers)
    facts = ValidationFacts(
        verdict=validation.standing.value,
        moment=validation.at,
        certificate_serial=validation.certificate.serial,
        reason=validation.reason or None,
        path=issuers,
        answers=answers,
    )
    write_whole(place / _FACTS, encode(facts))
    return facts


def _save_path(place: Path, path: ValidatedPath) -> tuple[IssuerFacts, ...]:
    write_whole(place / _PATH, "".join(map(ssl.DER_cert_to_PEM_cert, path.certificates)).encode("ascii"))
    return tuple(map(_issuer, path.certificates))


def _issuer(der: bytes) -> IssuerFacts:
    certificate = Certificate.from_der(der)
    return IssuerFacts(certificate.subject_dn, certificate.serial, hashlib.sha256(der).hexdigest())


def _save_answers(output: Path, directory: str, answers: tuple[RevocationAnswer, ...]) -> tuple[AnswerFacts, ...]:
    numbers: Counter[str] = Counter()
    saved = []
    for answer in answers:
        numbers[answer.kind.value] += 1
        file = f"{directory}/{answer.kind.value}-{numbers[answer.kind.value]}.der"
        write_whole(output / file, answer.der)
        digest = hashlib.sha256(answer.der).hexdigest()
        saved.append(AnswerFacts(answer.kind.value, answer.source, answer.certificate_serial, file, digest))
    return tuple(saved)
