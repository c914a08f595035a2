"""What a page may ask of the agent, whatever words its protocol has for it.

The own protocol (``channel``) and each dialect translate their messages into a task, hand it to ``Core.perform``, and
translate what comes back. Everything that protects the operator happens behind ``perform``; a wire module decides
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from chukyso.certificate import Certificate


class Content(StrEnum):
    """What is to be signed. Only ``CHANGE`` is signed unless the operator switched another kind on.

    ``CHANGE``: the portal's form to change the registered certificate, nothing beyond its fields. ``XML``: any
    document, enveloped XMLDSig. ``DATA``: any bytes, detached CMS. ``HASH``: a digest, and nobody can see of what.
    """

    CHANGE = "change"
    XML = "xml"
    DATA = "data"
    HASH = "hash"


class Progress(StrEnum):
    """Where a request to sign stands."""

    CERTIFICATE_WINDOW = "certificate-window"
    PIN_WINDOW = "pin-window"
    SIGNING = "signing"


@dataclass(frozen=True)
class ShareTask:
    """The page asks for the certificate that will sign."""


@dataclass(frozen=True)
class SignTask:
    """The page asks for a signature.

    Attributes:
        content: What ``data`` is.
        data: The document (``CHANGE``, ``XML``), the bytes to be signed as detached CMS (``DATA``), or the digest
            itself (``HASH``).
        title: What the windows call it, Vietnamese.
        certificate_serial: Serial of the certificate that the page wants, normalised; None for the one that it was
            given. A page that was given none is then shown the agent's choice, in the certificate window.
        place: XML: local name of the element that receives the signature; None: the end of the root.
        hash_algorithm: ``HASH``: of which algorithm the digest is. SHA-1 and MD5 are refused everywhere.
    """

    content: Content
    data: bytes = field(repr=False)
    title: str
    certificate_serial: str | None = None
    place: str | None = None
    hash_algorithm: str = "sha256"


Task = ShareTask | SignTask


@dataclass(frozen=True)
class Shared:
    """The operator consented to give this page this certificate, once.

    Attributes:
        certificate: The certificate.
        chain: Its issuers' certificates, DER, the leaf's issuer first, as far as they are known.
    """

    certificate: Certificate
    chain: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Signed:
    """A signature that was verified before it got here.

    Attributes:
        content: The signed XML, the CMS (DER), or the raw signature over the hash.
        certificate: The certificate that signed.
    """

    content: bytes = field(repr=False)
    certificate: Certificate = field(repr=False)
