"""What a page can ask the agent for, and the progress that it is told, whichever protocol carries it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Progress(StrEnum):
    """Where a request to sign stands."""

    CERTIFICATE_WINDOW = "certificate-window"
    PIN_WINDOW = "pin-window"
    SIGNING = "signing"


@dataclass(frozen=True)
class GetCertificate:
    """The page asks for the certificate that will sign."""

    id: str


@dataclass(frozen=True)
class SignXml:
    """The page asks for a signature.

    Attributes:
        id: The request's id, a UUID.
        document: The document, XML.
        certificate_serial: Serial of the certificate that ``get-certificate`` answered, normalised.
        place: Name of the element that is to receive the signature.
    """

    id: str
    document: bytes = field(repr=False)
    certificate_serial: str
    place: str


Request = GetCertificate | SignXml
