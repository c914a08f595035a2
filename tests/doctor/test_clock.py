"""A clock that is wrong: what the doctor lets pass does not fail the run, and what fails is told as the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from chukyso.doctor.ask import ask
from chukyso.doctor.examine import check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Level
from chukyso.errors import Code
from chukyso.moment import CLOCK_TOLERANCE, in_vietnam
from chukyso.signature.assess import assess
from chukyso.signature.presign import ASK_THIS_MACHINE, CertificateRefusedError, ValidationStatus, validate_certificate
from chukyso.signature.refusal import Refusal
from chukyso.signature.trust import RevocationMode, RevocationPolicy
from support.probe import place, portal_at, profile_file
from support.signature import DAY, NOW, Pki, fixed

pytestmark = pytest.mark.usefixtures("loopback_only")

SECOND = timedelta(seconds=1)
SLOW, FAST = -CLOCK_TOLERANCE + 3 * SECOND, CLOCK_TOLERANCE - 3 * SECOND
OFTEN = timedelta(minutes=10)  # how long an answer is good at an authority that makes them often


def answered(pki: Pki, *paths: str) -> None:
    """Have these addresses answer with what was made this second; the others do not exist."""
    made = {"made": NOW, "until": NOW + OFTEN}
    pki.reset()
    answers = {
        "/ca.crl": fixed(pki.crl(**made)),
        "/ocsp": pki.ocsp(**made),
        "/root.crl": fixed(pki.crl(issuer=pki.root, **made)),
    }
    pki.server.answers.clear()
    pki.server.answers.update({path: answers[path] for path in paths})


def standing(pki: Pki, clock: datetime, mode: RevocationMode = RevocationMode.REQUIRED) -> ValidationStatus:
    found = validate_certificate(pki.leaf.ours, pki.chain, pki.trust, at=clock, mode=mode, revocation=ASK_THIS_MACHINE)
    return found.standing


def refused(pki: Pki, clock: datetime) -> CertificateRefusedError:
    with pytest.raises(CertificateRefusedError) as caught:
        standing(pki, clock)
    return caught.value


def doctors_level(directory: Path, skew: timedelta) -> Level:
    with place() as portal:
        portal.date = format_datetime(datetime.now(UTC) - skew, usegmt=True)
        profile = profile_file(directory, "real", portal_at(portal.url))
        return make(check_named("clock"), Facts(ask(str(profile)))).level


@pytest.mark.parametrize("paths", [("/ca.crl", "/root.crl"), ("/ocsp", "/root.crl")], ids=["crl", "ocsp"])
@pytest.mark.parametrize("skew", [-61 * SECOND, SLOW, 61 * SECOND, FAST], ids=str)
def test_what_the_doctor_lets_pass_the_validation_does(
    pki: Pki, tmp_path: Path, skew: timedelta, paths: tuple[str, str]
) -> None:
    assert doctors_level(tmp_path, skew) is Level.WARNING
    answered(pki, *paths)
    end = NOW + OFTEN if skew > timedelta() else NOW  # a fast clock sees it ended, a slow one not yet made
    assert standing(pki, end + skew) is ValidationStatus.VALID


@pytest.mark.parametrize("paths", [("/ca.crl", "/root.crl"), ("/ocsp", "/root.crl")], ids=["crl", "ocsp"])
@pytest.mark.parametrize("skew", [-CLOCK_TOLERANCE - 2 * SECOND, -DAY, DAY], ids=str)
def test_a_clock_that_is_too_wrong_is_named_and_not_the_network(
    pki: Pki, tmp_path: Path, skew: timedelta, paths: tuple[str, str]
) -> None:
    assert doctors_level(tmp_path, skew) is Level.FAILED
    answered(pki, *paths)
    clock = NOW + skew
    error = refused(pki, clock)
    assert error.code is Code.CERT_REVOCATION_UNTIMELY
    assert f"đồng hồ máy này: {in_vietnam(clock)}" in error.happened
    for told in (str(error), error.message_by_hand):
        assert "Chỉnh đồng hồ máy" in told
        assert "mạng" not in told
    assert standing(pki, clock, RevocationMode.BEST_EFFORT) is ValidationStatus.NOT_ASKED


def test_the_list_of_a_higher_authority_tells_the_clock_as_well(pki: Pki) -> None:
    answered(pki, "/ca.crl", "/ocsp", "/root.crl")
    pki.server.answers["/ca.crl"] = fixed(pki.crl(made=NOW - DAY))
    assert refused(pki, NOW - timedelta(hours=1)).code is Code.CERT_REVOCATION_UNTIMELY


def test_an_answer_that_fits_is_enough_beside_one_of_the_future(pki: Pki) -> None:
    answered(pki, "/ca.crl", "/ocsp", "/root.crl")
    for path, issuer in (("/ca.crl", pki.ca), ("/root.crl", pki.root)):
        pki.server.answers[path] = fixed(pki.crl(issuer=issuer, made=NOW - DAY))
    assert standing(pki, NOW - timedelta(hours=1)) is ValidationStatus.VALID


def test_no_answer_at_all_is_still_the_network(pki: Pki) -> None:
    answered(pki)
    error = refused(pki, NOW - timedelta(hours=1))
    assert error.code is Code.CERT_REVOCATION_UNKNOWN
    assert "Kiểm tra mạng" in str(error)


def test_a_verdict_for_an_earlier_moment_says_that_the_answers_are_of_later(pki: Pki) -> None:
    answered(pki, "/ca.crl", "/ocsp", "/root.crl")
    policy = RevocationPolicy(both=False)
    then = NOW - timedelta(hours=1)
    verdict = assess(pki.signed(signing_time=then), at=then, trust=pki.trust, revocation=policy)
    assert (verdict.name, verdict.reasons[0].code) == ("INDETERMINATE/TRY_LATER", Refusal.CERT_REVOCATION_FUTURE)
