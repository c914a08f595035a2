"""Options for sealing a run's report: evidence key, time stamp authority, trusted roots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from chukyso.certificate import normalise_serial
from chukyso.errors import ChukysoError, Code
from chukyso.signature.trust import RevocationMode


@dataclass(frozen=True)
class SealOptions:
    """What is needed to seal. No secrets in here.

    Attributes:
        module: PKCS#11 module of the token with the evidence key, or "" to search for one.
        token_serial: Which token, or "" when there is only one.
        cert_serial: Which certificate, normalised, or "" for the one on the token that can seal and ends last.
        environment: Variables that the token's module needs.
        tsa_url: Address of a time stamp authority (RFC 3161), or "" for none.
        roots: PEM file with the roots that are believed, or "" when there are none; they also stand for the authority.
        revocation: What an answer about the revocation of the evidence key's certificate is worth.
        rehearsal: Whether everything is the sandbox's, on this machine.
    """

    module: str = ""
    token_serial: str = ""
    cert_serial: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tsa_url: str = ""
    roots: str = ""
    revocation: RevocationMode = RevocationMode.REQUIRED
    rehearsal: bool = False


@dataclass(frozen=True)
class SealOrder:
    """Options, and how to come by the PIN.

    Attributes:
        options: The options.
        pin: Returns the PIN; asked once, right before the login. Not asked on a token with a keypad.
    """

    options: SealOptions
    pin: Callable[[], str] = field(repr=False)


def check_seal_options(
    *,
    module: str = "",
    token_serial: str = "",
    cert_serial: str = "",
    tsa_url: str = "",
    roots: Path | str = "",
    revocation: RevocationMode = RevocationMode.REQUIRED,
) -> SealOptions:
    """Check what an operator gave. Nothing is opened or contacted.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    return SealOptions(
        module=module,
        token_serial=token_serial,
        cert_serial=normalise_serial(cert_serial, "SEAL_CERT_SERIAL") if cert_serial else "",
        tsa_url=check_tsa_url(tsa_url),
        roots=str(roots) if roots else "",
        revocation=revocation,
    )


def check_tsa_url(url: str) -> str:
    """Return the address of a time stamp authority if it is one, or "".

    Plain HTTP: the answer is signed, and tied to the question by hash and nonce (RFC 3161, section 3.4).

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    reason = "phải là địa chỉ http://…"
    try:
        parts = urlsplit(url)
        good = parts.scheme == "http" and parts.hostname and "@" not in parts.netloc and (parts.port or 80)
    except ValueError as error:
        raise ChukysoError(Code.OPTION_INVALID, str(error), name="TSA_URL", reason=reason) from error
    if url and not good:
        raise ChukysoError(Code.OPTION_INVALID, "no http address", name="TSA_URL", reason=reason)
    return url
