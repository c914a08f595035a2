"""A certificate is validated before it signs: what is refused, what is known afterwards, who is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from chukyso.errors import ChukysoError, Code
from chukyso.portal.profile import PROFILES, load_profile
from chukyso.run.options import check_options
from chukyso.signature.fetch import public_address
from chukyso.signature.presign import (
    ASK_INTERNET,
    ASK_THIS_MACHINE,
    NO_ROOTS,
    NOT_ASKED,
    Validation,
    ValidationStatus,
    read_trust,
    validate_certificate,
)
from chukyso.signature.trust import RevocationMode
from support.signature import DAY, NOW, Party, Pki, fixed, issue, key_usage, name


@pytest.fixture(autouse=True)
def _good_answers(pki: Pki) -> None:
    pki.reset()


def validate(pki: Pki, party: Party | None = None, **options: object) -> Validation:
    given = {"at": NOW, "revocation": ASK_THIS_MACHINE, **options}
    return validate_certificate((party or pki.leaf).ours, pki.chain, pki.trust, **given)  # type: ignore[arg-type]


def refused(action: Callable[[], object]) -> Code:
    with pytest.raises(ChukysoError) as caught:
        action()
    assert "{" not in str(caught.value)
    return caught.value.code


def test_good_certificate_with_the_answers_as_they_came(pki: Pki) -> None:
    found = validate(pki)
    assert (found.standing, found.reason, found.at) == (ValidationStatus.VALID, "", NOW)
    assert found.path is not None
    assert found.path.certificates == (pki.leaf.der, pki.ca.der, pki.root.der)
    assert {(answer.kind.value, answer.source.rpartition("/")[2]) for answer in found.path.answers} == {
        ("crl", "ca.crl"),
        ("ocsp", "ocsp"),
        ("crl", "root.crl"),
    }
    assert x509.load_der_x509_crl(found.path.answers[0].der).issuer == pki.ca.certificate.subject


@pytest.mark.parametrize("silent", ["/ca.crl", "/ocsp"])
def test_one_of_the_two_answers_is_enough(pki: Pki, silent: str) -> None:
    del pki.server.answers[silent]
    assert validate(pki).standing is ValidationStatus.VALID


def test_revoked_by_either_is_revoked(pki: Pki) -> None:
    for path, answer in (("/ca.crl", fixed(pki.crl([pki.leaf]))), ("/ocsp", pki.ocsp([pki.leaf]))):
        pki.reset()
        pki.server.answers[path] = answer
        for mode in (RevocationMode.REQUIRED, RevocationMode.BEST_EFFORT):
            assert refused(lambda wanted=mode: validate(pki, mode=wanted)) is Code.CERT_REVOKED


def test_no_answer(pki: Pki) -> None:
    pki.server.answers.clear()
    assert refused(lambda: validate(pki)) is Code.CERT_REVOCATION_UNKNOWN
    found = validate(pki, mode=RevocationMode.BEST_EFFORT)
    assert found.standing is ValidationStatus.NOT_ASKED
    assert "HTTP status 404" in found.reason
    assert found.path is not None
    assert found.path.answers == ()


def test_stale_answers_are_none(pki: Pki) -> None:
    old = {"made": NOW - 3 * DAY, "until": NOW - 2 * DAY}
    pki.server.answers["/ca.crl"] = fixed(pki.crl(**old))
    pki.server.answers["/ocsp"] = pki.ocsp(**old)
    assert refused(lambda: validate(pki)) is Code.CERT_REVOCATION_UNTIMELY
    assert validate(pki, mode=RevocationMode.BEST_EFFORT).standing is ValidationStatus.NOT_ASKED


def test_off_asks_nobody(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf]))
    found = validate(pki, mode=RevocationMode.OFF)
    assert (found.standing, found.reason) == (ValidationStatus.NOT_ASKED, NOT_ASKED)
    assert pki.server.requests == []


@pytest.mark.parametrize("mode", list(RevocationMode))
def test_everything_but_revocation_is_looked_at_in_every_mode(pki: Pki, mode: RevocationMode) -> None:
    rogue = issue(name("Rogue"), pki.other_key, ca=True, usage=key_usage(key_cert_sign=True, crl_sign=True))
    for party, code in (
        (pki.organisation(end=NOW - DAY), Code.CERT_EXPIRED),
        (pki.organisation(start=NOW + DAY), Code.CERT_NOT_YET_VALID),
        (pki.organisation(usage=key_usage(key_encipherment=True)), Code.CERT_KEY_USAGE),
        (pki.organisation(issuer=rogue), Code.CERT_UNTRUSTED),
        (issue(name("Công ty", ["MST:0101234565"]), pki.leaf_key), Code.CERT_UNTRUSTED),
    ):
        assert refused(lambda one=party: validate(pki, one, mode=mode)) is code


def test_nobody_is_asked_about_a_certificate_that_nobody_issued(pki: Pki) -> None:
    """Its addresses are a stranger's choice."""
    rogue = issue(name("Rogue"), pki.other_key, ca=True, usage=key_usage(key_cert_sign=True, crl_sign=True))
    assert refused(lambda: validate(pki, pki.organisation(issuer=rogue))) is Code.CERT_UNTRUSTED
    assert pki.server.requests == []


def test_expired_issuer_is_not_told_as_the_certificates_own_end(pki: Pki) -> None:
    later = max(pki.leaf.certificate.not_valid_after_utc, NOW) - DAY
    old = issue(
        name("Old CA"),
        pki.other_key,
        pki.root,
        ca=True,
        end=later - DAY,
        usage=key_usage(key_cert_sign=True, crl_sign=True),
        extensions=[pki.crl_point("/root.crl")],
    )
    party = pki.organisation(issuer=old, end=later)
    with pytest.raises(ChukysoError) as caught:
        validate_certificate(party.ours, (old.der,), pki.trust, at=later - DAY / 2, mode=RevocationMode.OFF)
    assert caught.value.code is Code.CERT_UNTRUSTED


def test_without_roots_nothing_is_claimed(pki: Pki) -> None:
    found = validate_certificate(pki.leaf.ours, pki.chain, None, at=NOW)
    assert (found.standing, found.reason, found.path) == (ValidationStatus.NOT_VALIDATED, NO_ROOTS, None)
    assert pki.server.requests == []


def test_roots_file(pki: Pki, tmp_path: Path) -> None:
    """Issuers may stand beside the roots: they help, and are not believed for being there."""
    file = tmp_path / "roots.pem"
    file.write_bytes(pki.ca.pem + pki.root.pem)
    trust = read_trust(file)
    assert (trust.roots, trust.intermediates) == ((pki.root.der,), (pki.ca.der,))
    found = validate_certificate(pki.leaf.ours, (), trust, at=NOW, revocation=ASK_THIS_MACHINE)
    assert found.standing is ValidationStatus.VALID
    for content in (b"", pki.ca.pem, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=r"."):
            read_trust(file)


def test_roots_of_a_profile_are_looked_at_before_anything_is_contacted(pki: Pki, tmp_path: Path) -> None:
    text = (PROFILES / "sandbox.toml").read_text(encoding="utf-8")
    profile = tmp_path / "mine.toml"
    profile.write_text(text.replace('roots = ""', 'roots = "roots.pem"'), encoding="utf-8")
    assert refused(lambda: check_options(load_profile(str(profile)))) is Code.PROFILE_INVALID
    (tmp_path / "roots.pem").write_bytes(pki.root.pem)
    options = check_options(load_profile(str(profile)))
    assert read_trust(Path(options.trust_roots)).roots == (pki.root.der,)  # relative to the profile, not to us


def test_addresses_behind_us_are_never_asked_on_the_internet(pki: Pki) -> None:
    """The certificate's addresses are this machine's, its server is there and would answer."""
    assert refused(lambda: validate(pki, revocation=ASK_INTERNET)) is Code.CERT_REVOCATION_UNKNOWN
    assert pki.server.requests == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "::1", "0.0.0.0", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254"),  # noqa: S104 - none is listened on
        *("100.64.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fd00::1", "2002:7f00:1::", "224.0.0.1"),
        *("127.1", "2130706433", "0x7f.1"),  # other spellings of this machine
    ],
)
def test_addresses_that_are_not_public(host: str) -> None:
    with pytest.raises(ValueError, match="no public address"):
        public_address(host, 80)


@pytest.mark.parametrize("host", ["1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses(host: str) -> None:
    assert public_address(host, 80) == host
