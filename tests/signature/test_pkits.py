"""The NIST suite for path validation, all of it that a verification with default inputs can express.

Stricter than the suite is allowed, where ``support.pkits.REASONS`` says why; laxer is not.
"""

from __future__ import annotations

from collections import Counter

import pytest

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError
from chukyso.signature import path
from chukyso.signature.assess import assess
from chukyso.signature.path import validate_path
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.verdict import Status
from support.pkits import MOMENT, PKITS, REASONS, Case, cases, material, messages, parts

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")  # 4.4.14 and 4.4.15 are about negative ones

CASES = cases()
DEFAULT_INPUTS = [case for case in CASES if case.suite != "inputs"]
# Tests of each section, as the suite's document numbers them.
SECTIONS = {
    **{"4.1": 6, "4.2": 8, "4.3": 11, "4.4": 21, "4.5": 8, "4.6": 17, "4.7": 5, "4.8": 20},
    **{"4.9": 8, "4.10": 14, "4.11": 11, "4.12": 10, "4.13": 38, "4.14": 35, "4.15": 10, "4.16": 2},
}
# Refused before any path is looked at: such a certificate signs no document.
OWN_RULES = {
    **dict.fromkeys(["4.6.6", "4.6.8", "4.6.10", "4.6.12", "4.6.14", "4.14.11", "4.14.13"], "CERT_KEY_USAGE"),  # CAs
    **dict.fromkeys(["4.8.6.1", "4.8.7", "4.8.8"], "CERT_KEY_USAGE"),  # CAs
    **dict.fromkeys(["4.12.10", "4.13.20"], "CERT_SELF_SIGNED"),  # issuer and subject of one name
}


def said(end_entity: str) -> str:
    """The code that a certificate of the suite is refused with, or ""."""
    given = material(end_entity)
    try:
        certificate = Certificate.from_der(given.end_entity)
        validate_path(certificate, given.helpers, given.trust, at=MOMENT, revocation=given.revocation)
    except SignatureRefused as error:
        return error.refusal.value
    except ChukysoError as error:
        return error.code.name
    return ""


def test_table_is_the_whole_suite() -> None:
    numbers = {".".join(case.number.split(".")[:3]) for case in CASES}
    assert Counter(number.rpartition(".")[0] for number in numbers) == SECTIONS
    files = {path.stem for path in (PKITS / "certs").glob("*EE.crt")}
    assert {case.end_entity for case in CASES} == files
    assert len({case.number for case in CASES}) == len(CASES)


def test_table_agrees_with_the_names_of_the_files() -> None:
    for case in DEFAULT_INPUTS:
        assert not case.end_entity.startswith("Valid") or case.suite == "valid", case
        assert not case.end_entity.startswith("Invalid") or case.suite == "invalid", case


def test_every_deviation_is_stricter_and_has_its_reason() -> None:
    for case in CASES:
        assert bool(case.code) == (case.suite == "invalid" or bool(case.reason)), case
        assert not case.reason or case.suite == "valid", case
    assert {case.reason for case in CASES if case.reason} == set(REASONS)


@pytest.mark.parametrize("case", DEFAULT_INPUTS, ids=lambda case: case.number)
def test_path(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path alone: whether its end may sign documents is not asked."""
    monkeypatch.setattr(path, "_check_leaf", lambda *_: None)
    assert said(case.end_entity) == case.code


@pytest.mark.parametrize("section", SECTIONS)
def test_validation_as_it_is_used(section: str) -> None:
    chosen = [case for case in DEFAULT_INPUTS if case.section == section]
    found = {case.number: said(case.end_entity) for case in chosen}
    accepted = [case.number for case in chosen if case.suite == "invalid" and not found[case.number]]
    assert not accepted, "accepted although the suite says invalid"
    assert found == {case.number: OWN_RULES.get(case.number, case.code) for case in chosen}


def test_parts_about_other_inputs_end_in_an_answer() -> None:
    """Nothing more can be said of them: any policy is asked for, and no flag is set."""
    for end_entity in {case.end_entity for case in CASES if case.suite == "inputs"}:
        assert said(end_entity) in ("", "CERT_KEY_USAGE", "CERT_UNTRUSTED"), end_entity


def test_signed_messages_end_in_a_verdict() -> None:
    """The suite's S/MIME messages: well-made signatures by people without a tax code, valid path or not."""
    trust = material("ValidCertificatePathTest1EE").trust
    for name, message in messages().items():
        content, der = parts(message)
        verdict = assess(der, content=content, at=MOMENT, trust=trust)
        assert verdict.status is not Status.TOTAL_PASSED, name
        assert verdict.reasons, name
