"""The certificates beside a signature: which one signed, and its issuers in order. None is trusted because of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chukyso.certificate import Certificate
from chukyso.certificate_limits import TooComplex
from chukyso.errors import ChukysoError
from chukyso.signature.names import issuer_key, subject_key
from chukyso.signature.profile import MAX_CERTIFICATES
from chukyso.signature.refusal import Refusal, SignatureRefused

# Time-stamping and other authorities come along in signatures of other programs.
MAX_WITH_STRANGERS = 10
NAMED_BY_SHA1 = "the signing certificate: it is named by SHA-1 only"
"""For the verdict."""


@dataclass(frozen=True)
class Signer:
    """Who a signature says has signed.

    Attributes:
        certificate: The certificate.
        chain: Its issuers that came along, DER, in order. Not trusted by themselves.
        not_checked: What came along besides and was not looked at, for the verdict.
    """

    certificate: Certificate
    chain: tuple[bytes, ...]
    not_checked: tuple[str, ...] = ()


def load(der: bytes, where: str) -> Certificate:
    """Parse a certificate that came along.

    Raises:
        SignatureRefused: ``SIG_KEYINFO``, ``CERT_TOO_COMPLEX``.
    """
    try:
        return Certificate.from_der(der)
    except ChukysoError as error:
        if isinstance(error.__cause__, TooComplex):
            raise SignatureRefused(Refusal.CERT_TOO_COMPLEX, f"in {where}: {error.detail}") from error
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"certificate in {where}: {error.detail}") from error


def arrange(leaf: Certificate, others: Sequence[Certificate]) -> Signer:
    """Return the signer with its issuers in order; certificates that are left over are noted as not checked.

    The chain is at most ``MAX_CERTIFICATES`` long with the leaf, which bounds the search for a path.
    """
    subjects = {id(other): subject_key(other) for other in others}
    rest, chain, wanted = list(others), list[bytes](), issuer_key(leaf)
    while len(chain) < MAX_CERTIFICATES - 1:
        issuer = next((other for other in rest if subjects[id(other)] == wanted), None)
        if issuer is None:
            break
        rest = [other for other in rest if other is not issuer]
        chain.append(issuer.der)
        wanted = issuer_key(issuer)
    return Signer(leaf, tuple(chain), (f"{len(rest)} certificates beside the signer's chain",) if rest else ())


def choose_leaf(certificates: Sequence[Certificate]) -> Certificate:
    """Return the signer's certificate among several, which XMLDSig, 4.5.4 sets no order for: the one that issued none.

    Raises:
        SignatureRefused: ``SIG_KEYINFO`` when that is not clear.
    """
    subjects, issuers = [subject_key(one) for one in certificates], [issuer_key(one) for one in certificates]
    last = [at for at in range(len(certificates)) if subjects[at] not in issuers[:at] + issuers[at + 1 :]]
    if len(last) > 1:  # an authority that stands alone has issued itself
        last = [at for at in last if subjects[at] != issuers[at]]
    if len(last) == 1:
        return certificates[last[0]]
    raise SignatureRefused(Refusal.SIG_KEYINFO, f"{len(last)} of {len(certificates)} certificates may have signed")
