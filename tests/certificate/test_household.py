"""Household businesses, whose tax code is a personal identification number of twelve digits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from chukyso.certificate import Certificate
from chukyso.mail.message import read_mail
from chukyso.mail.result import MailVerdict, judge
from chukyso.sandbox.mail_kinds import MailKind
from chukyso.sandbox.people import organisation
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import check_owner
from support.mail import CRITERIA, LETTER, received, sandbox_rules
from support.paths import FIELD, ROOT
from support.signature import NOW, Pki
from support.token import issue

MST, OTHER = "001087654321", "001087654322"


def test_the_tax_code_of_a_certificate() -> None:
    assert Certificate.from_der((FIELD / "mst-12-digits.der").read_bytes()).tax_code == "001234567890"
    assert issue(MST).parsed.tax_code == MST
    for odd in (f"{MST}-001", MST[:-1], f"{MST}0", "００１０８７６５４３２１"):
        assert issue(odd).parsed.tax_code == ""


def test_it_is_read_from_the_value_of_the_tax_code_alone(pki: Pki) -> None:
    """A CCCD is its holder's number; that it is used as a tax code it does not say."""
    assert check_owner(pki.organisation([f"MST:{MST}", f"CCCD:{MST}"]).ours) == MST
    with pytest.raises(SignatureRefused) as caught:
        check_owner(pki.organisation([f"CCCD:{MST}"]).ours)
    assert caught.value.refusal is Refusal.CERT_MST_MISSING


def test_the_sandbox_s_household_is_called_so() -> None:
    assert organisation(MST, 1).name.startswith("HỘ KINH DOANH ")
    assert organisation("0101234565", 1).name.startswith("CÔNG TY ")


def test_its_result_mail_is_told_from_another_ones() -> None:
    letter, criteria = replace(LETTER, tax_code=MST), replace(CRITERIA, tax_code=MST)
    mail = read_mail(received(MailKind.ACCEPTED, letter))
    assert judge(mail, criteria, NOW, sandbox_rules()).verdict is MailVerdict.ACCEPTED
    for other in (OTHER, MST[:10], f"9{MST}"):
        assert judge(mail, replace(criteria, tax_code=other), NOW, sandbox_rules()).verdict is not MailVerdict.ACCEPTED


@pytest.mark.nightly
@pytest.mark.slow
def test_a_run_of_a_household(account: Any, run_update: Any) -> None:
    details = account(tax_code=MST)
    run = run_update(details)
    run.ended("updated")
    assert run.manifest["account"]["tax_code"] == run.manifest["certificates"]["new"]["tax_code"] == MST
    schema = json.loads((ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(run.manifest, schema)
    again = run_update(details, arguments=("--variable", "PRIVACY:masked"))
    again.ended("already-registered")
    assert again.manifest["account"]["tax_code"] == MST
