"""Finding paths from a certificate to a trusted root, in bounded time.

The certificates beside a document are its sender's choice: a few that could each have issued each other make more paths
than can ever be walked. So a step is taken only when the issuer's key really made the signature, no name with the same
key comes twice in a path (RFC 4158, section 5.2), and steps, length and paths are counted. What leaves here still has
to be validated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator

from chukyso.certificate_limits import check_limits
from chukyso.lenient import load_certificate
from chukyso.signature.names import ASN1_ERRORS
from chukyso.signature.trust import UNREADABLE

MAX_LENGTH = 10
"""Certificates in a path, leaf and root included. Public hierarchies have three or four."""
MAX_STEPS = 400
"""Signatures that are verified in one search."""
MAX_PATHS = 16
"""Paths that are handed out."""
MAX_HELPERS = 256
"""Certificates that may help to build a path; of more the rest is not looked at."""

# What asn1crypto and pyhanko-certvalidator raise of a certificate that they cannot read, all of the way down.
MALFORMED = (*UNREADABLE, *ASN1_ERRORS, ArithmeticError, AssertionError, NotImplementedError)

Chain = tuple[asn1_x509.Certificate, ...]


def parse(der: bytes) -> asn1_x509.Certificate:
    """Read a certificate for path validation.

    Raises:
        TooComplex: It holds more than a certificate may.
        ValueError: It is none, or another of ``MALFORMED``.
    """
    check_limits(der)
    load_certificate(der)  # two parsers read it in turn: what one of them refuses is not used
    certificate = asn1_x509.Certificate.load(der, strict=True)
    if certificate.dump() != der or certificate["tbs_certificate"].dump() not in der:
        # asn1crypto takes a length that ends in 0x80 for an indefinite one and encodes the value anew.
        raise ValueError("asn1crypto does not keep its encoding, over which the signature is")
    # Parsed now, what is wrong with it shows here and not in the middle of a decision.
    _ = certificate.subject.hashable, certificate.issuer.hashable, certificate.public_key.dump()
    _ = certificate.critical_extensions, certificate.not_valid_before, certificate.not_valid_after
    return certificate


def parse_helpers(certificates: Iterable[bytes]) -> list[asn1_x509.Certificate]:
    """Read certificates that only help; one that cannot be read does not, and is left out."""
    helpers: list[asn1_x509.Certificate] = []
    for der in dict.fromkeys(certificates):
        if len(helpers) == MAX_HELPERS:
            break
        try:
            helpers.append(parse(der))
        except MALFORMED:
            continue
    return helpers


@dataclass
class PathSearch:
    """One search from a certificate to the roots.

    Attributes:
        roots: Who is believed.
        helpers: Certificates that may stand between.
        at: The moment of validation; of two issuers the one that is valid then is tried first.
        exhausted: Set when the search was given up before everything was tried.
        broken: Set when an issuer by name was there whose key did not make the signature; its name.
    """

    roots: Sequence[asn1_x509.Certificate]
    helpers: Sequence[asn1_x509.Certificate]
    at: datetime
    exhausted: bool = False
    broken: str = ""
    _steps: int = 0
    _by_name: dict[str, list[tuple[asn1_x509.Certificate, bool]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trusted = {root.dump() for root in self.roots}
        for root in self.roots:
            self._by_name.setdefault(root.subject.hashable, []).append((root, True))
        for helper in self.helpers:
            if helper.dump() not in trusted:
                self._by_name.setdefault(helper.subject.hashable, []).append((helper, False))

    @property
    def limits(self) -> str:
        """The limits in words, English."""
        return f"at most {MAX_LENGTH} certificates in a path, {MAX_STEPS} signatures and {MAX_PATHS} paths in a search"

    def paths(self, leaf: asn1_x509.Certificate) -> Iterator[ValidationPath]:
        """Yield paths whose signatures hold all the way, the shortest ways first where there is a choice."""
        for found, chain in enumerate(self._walk((leaf,), frozenset())):
            if found == MAX_PATHS:
                self.exhausted = True
                return
            *between, root = chain[1:]
            yield ValidationPath(CertTrustAnchor(root), list(reversed(between)), leaf)

    def _walk(self, chain: Chain, seen: frozenset[tuple[str, bytes]]) -> Iterator[Chain]:
        subject = chain[-1]
        for issuer, is_root in self._issuers(subject):
            identity = (issuer.subject.hashable, issuer.public_key.dump())
            if identity in seen:
                continue
            if len(chain) == MAX_LENGTH or self._steps == MAX_STEPS:
                self.exhausted = True
                return
            self._steps += 1
            if not issued_by(subject, issuer):
                self.broken = self.broken or issuer.subject.human_friendly
            elif is_root:
                yield (*chain, issuer)
            else:
                yield from self._walk((*chain, issuer), seen | {identity})

    def _issuers(self, subject: asn1_x509.Certificate) -> list[tuple[asn1_x509.Certificate, bool]]:
        """Those of the issuer's name: roots first, then whose key identifier fits, then who is valid at the moment."""
        wanted = subject.authority_key_identifier

        def rank(candidate: tuple[asn1_x509.Certificate, bool]) -> tuple[bool, bool, bool]:
            issuer, is_root = candidate
            fits = wanted is None or issuer.key_identifier in (None, wanted)
            valid = issuer.not_valid_before <= self.at <= issuer.not_valid_after
            return not is_root, not fits, not valid

        return sorted(self._by_name.get(subject.issuer.hashable, ()), key=rank)


class Signatures(DefaultSignatureValidator):
    """Verifies signatures of certificates, lists and answers: one that cannot be tried is wrong, not an error."""

    def validate_signature(self, *arguments: Any, **options: Any) -> None:
        try:
            super().validate_signature(*arguments, **options)
        except MALFORMED as error:  # an algorithm that does not fit the key is met with an assertion
            raise InvalidSignature(f"{type(error).__name__}: {error}") from error


def issued_by(subject: asn1_x509.Certificate, issuer: asn1_x509.Certificate) -> bool:
    """Whether the issuer's key made the signature of a certificate."""
    try:
        Signatures().validate_signature(
            signature=subject["signature_value"].native,
            signed_data=subject["tbs_certificate"].dump(),
            public_key_info=issuer.public_key,
            signature_algorithm=subject["signature_algorithm"],
        )
    except InvalidSignature:
        return False
    return True
