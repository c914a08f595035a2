"""Odd certificates, lists and answers in every place that a stranger can fill.

Each as it is, and each dressed: its contents under a signature of a trusted authority, so that it is looked at to the
end. Whatever it is, a verdict comes back, or an error of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from chukyso.errors import ChukysoError
from chukyso.signature.trust import AnswerKind, TrustStore
from support.stranger import Case, Office, dressed, dressed_answer, dressed_list, pem, reissued
from support.vectors import answers, certificates, lists, of_the_collection

pytestmark = [
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Attribute's length"),
]

Make = Callable[[Office, bytes], Case]


@pytest.fixture(scope="module")
def office() -> Office:
    return Office()


def outcomes(office: Office, vectors: Mapping[str, bytes], make: Make) -> dict[str, str]:
    """By vector, what became of it: the verdict, the code of our error, or the error that is none of ours."""
    found = {}
    for name, der in vectors.items():
        with suppress(ValueError, IndexError):  # what cannot be taken apart cannot be dressed
            case = make(office, der)
            found[name] = outcome(case)
    assert len(found) > len(vectors) / 2
    return found


def outcome(case: Case) -> str:
    try:
        return case.verdict().status.value
    except ChukysoError as error:
        return error.code.name
    except Exception as error:  # noqa: BLE001 - which one it is, is what the test says
        return repr(error)


def others(found: Mapping[str, str], *allowed: str) -> dict[str, str]:
    return {name: said for name, said in found.items() if said not in {"INDETERMINATE", "TOTAL-FAILED", *allowed}}


def test_without_anything_odd(office: Office) -> None:
    """Else nothing below would mean anything."""
    leaf, ca = office.leaf.der, office.ca.der
    for case in (
        office.case("xml", office.xml([leaf, ca])),
        office.case("cms", office.cms(leaf, [ca])),
        office.case("helper", office.xml([leaf]), helpers=office.ca.pem),
        office.case("dressed", office.xml([dressed(leaf, office.ca, office.leaf.key), ca]), kept=office.good[:2]),
        office.case("authority", office.xml([leaf, dressed(ca, office.root, office.ca.key)])),
        office.case(
            "list", office.xml([leaf, ca]), kept=(office.good[0], ("crl", dressed_list(office.good[1][1], office.ca)))
        ),
        office.case("answer", office.xml([leaf, ca]), kept=(office.good[0], ("ocsp", _answer(office, office.ocsp())))),
    ):
        assert outcome(case) == "TOTAL-PASSED", case.name


# -- as they are ----------------------------------------------------------------------------------------------

CERTIFICATE_PLACES: dict[str, Make] = {
    "KeyInfo, alone": lambda office, der: office.case("", office.xml([der])),
    "KeyInfo, with an issuer": lambda office, der: office.case("", office.xml([der, office.ca.der])),
    "KeyInfo, as the issuer": lambda office, der: office.case("", office.xml([office.leaf.der, der])),
    "CMS, as the signer": lambda office, der: office.case("", office.cms(der, [office.ca.der])),
    "CMS, beside": lambda office, der: office.case("", office.cms(office.leaf.der, [office.ca.der, der])),
}


@pytest.mark.parametrize(
    "place",
    [
        "KeyInfo, alone",
        *(pytest.param(one, marks=pytest.mark.nightly) for one in CERTIFICATE_PLACES if one != "KeyInfo, alone"),
    ],
)
def test_certificate_in_a_document(office: Office, place: str) -> None:
    vectors = certificates() if place == "KeyInfo, alone" else of_the_collection(certificates())
    found = others(outcomes(office, vectors, CERTIFICATE_PLACES[place]))
    if place == "CMS, beside":  # what is read there and is nobody's issuer changes nothing
        found = {name: what for name, what in found.items() if what != "TOTAL-PASSED"}
    assert not found


@pytest.mark.parametrize("place", ["--intermediates", "--trust"])
def test_certificates_in_a_file(office: Office, place: str) -> None:
    """What can be read is useless and harms nobody, all of it together; a file that cannot be read is said to be so."""

    def make(office: Office, *ders: bytes) -> Case:
        document = office.xml([office.leaf.der, office.ca.der])
        if place == "--trust":
            return office.case("", document, roots=pem(ders) + office.root.pem)
        return office.case("", document, helpers=pem(ders))

    readable, unreadable = [], {}
    for name, der in of_the_collection(certificates()).items():
        try:
            readable += TrustStore.from_pem(pem([der])).roots
        except ValueError:
            unreadable[name] = der
    assert len(readable) > 100
    assert outcome(make(office, *readable)) == "TOTAL-PASSED"
    assert set(outcomes(office, unreadable, make).values()) == {"OPTION_INVALID"}


@pytest.mark.parametrize("kind", AnswerKind)
@pytest.mark.parametrize("vectors", [lists, answers])
def test_answer_alone(office: Office, kind: AnswerKind, vectors: Callable[[], dict[str, bytes]]) -> None:
    """Lists, answers, and each in the place of the other: none of them says that this certificate is good."""

    def make(office: Office, der: bytes) -> Case:
        document = office.xml([office.leaf.der, office.ca.der])
        return office.case("", document, kept=(office.good[0], (kind.value, der)))

    assert not others(outcomes(office, of_the_collection(vectors()), make))


@pytest.mark.parametrize("kind", AnswerKind)
@pytest.mark.parametrize("vectors", [lists, answers])
def test_answer_beside_good_ones(office: Office, kind: AnswerKind, vectors: Callable[[], dict[str, bytes]]) -> None:
    """Whoever can put a file there can as well take one away: what nobody of this path signed changes nothing."""

    def make(office: Office, der: bytes) -> Case:
        document = office.xml([office.leaf.der, office.ca.der])
        return office.case("", document, kept=((kind.value, der), *office.good))

    found = outcomes(office, of_the_collection(vectors()), make)
    assert set(found.values()) == {"TOTAL-PASSED"}


# -- dressed --------------------------------------------------------------------------------------------------


def _answer(office: Office, der: bytes) -> bytes:
    return dressed_answer(der, office.ocsp(), office.ca)


@pytest.mark.parametrize("like", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_dressed_signer(office: Office, like: bool) -> None:
    """A trusted authority's certificate with an odd one's contents; its own owner, or ours."""

    def make(office: Office, der: bytes) -> Case:
        leaf = dressed(der, office.ca, office.leaf.key, office.leaf if like else None)
        return office.case("", office.cms(leaf, [office.ca.der]) if like else office.xml([leaf, office.ca.der]))

    # None of them has a tax code of its own; with ours, many are oddities that harm nobody.
    found = outcomes(office, of_the_collection(certificates()), make)
    assert not others(found, *(["TOTAL-PASSED"] if like else []))


@pytest.mark.parametrize("like", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_dressed_authority(office: Office, like: bool) -> None:
    """An authority with an odd certificate, below the trusted one, or trusted itself."""

    def make(office: Office, der: bytes) -> Case:
        above = dressed(der, office.root, office.ca.key, office.ca if like else None)
        leaf = reissued(office.leaf.der, above, office.ca)
        if like:
            return office.case("", office.xml([leaf, above]))
        return office.case("", office.cms(leaf, [above]), roots=office.root.pem + pem([above]))

    found = outcomes(office, of_the_collection(certificates()), make)
    assert not others(found, "TOTAL-PASSED", "OPTION_INVALID")


def test_dressed_list(office: Office) -> None:
    """A list of the right authority with odd entries and extensions."""

    def make(office: Office, der: bytes) -> Case:
        kept = (office.good[0], (AnswerKind.CRL.value, dressed_list(der, office.ca)))
        return office.case("", office.xml([office.leaf.der, office.ca.der]), kept=kept)

    assert not others(outcomes(office, of_the_collection(lists()), make), "TOTAL-PASSED")


def test_dressed_answer(office: Office) -> None:
    def make(office: Office, der: bytes) -> Case:
        kept = (office.good[0], (AnswerKind.OCSP.value, _answer(office, der)))
        return office.case("", office.xml([office.leaf.der, office.ca.der]), kept=kept)

    replies = {name: der for name, der in answers().items() if "resp" in name}
    assert not others(outcomes(office, replies, make), "TOTAL-PASSED")
