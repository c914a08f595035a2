"""What all dialects read in the same careful way, whatever the plugin: JSON, base64, digests, and no PIN."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from chukyso.agent.protocol import WireCode
from chukyso.certificate import Certificate, normalise_serial
from chukyso.errors import ChukysoError

# Lengths tell digests apart where a protocol does not name the algorithm: 16 is MD5, 20 is SHA-1.
SHA256_LENGTH = 32
SIGNED_DIRECTLY = {"sha256", "rsawithsha256"}

_PIN = re.compile(
    r"(?:user|token|card|usb|so|s)?[_\-]?pin(?:[_\-]?(?:code|value|number))?|.*passw.*|.*passcode.*|.*matkhau.*"
)


class RefusedError(Exception):
    """A message that no task is made of.

    Args:
        reason: For the local log, English; the page gets the dialect's error alone.
        code: Why, in the agent's own opaque codes; each dialect has its word for it.
    """

    def __init__(self, reason: str, code: WireCode = WireCode.REFUSED) -> None:
        self.code = code
        super().__init__(reason)


class NotCoveredError(RefusedError):
    """A function of the plugin that this agent does not have."""


def read_json(text: str) -> Any:
    """Read JSON; nothing occurs twice, and NaN is no number."""
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"not JSON: {error}"[:200]) from error


def read_object(text: str) -> dict[str, Any]:
    """Read a JSON object."""
    value = read_json(text)
    if not isinstance(value, dict):
        raise RefusedError("not a JSON object")
    return value


def check_members(members: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse a PIN, and whatever else would ask for something that the agent does not do.

    Members without a value ask for nothing. The PIN belongs to the operator and the agent's window; a page that sends
    one has seen it, and is told no.
    """
    given = {name: value for name, value in members.items() if value not in (None, "", False)}
    for name in given:
        if is_pin(name):
            raise RefusedError(f"the page sent a PIN or password in {name!r:.40}")
    unknown = sorted(given.keys() - set(known))
    if unknown:
        raise RefusedError(f"not covered: {unknown!r:.200}")


def is_pin(name: str) -> bool:
    """Whether a member is named like a PIN or a password."""
    return _PIN.fullmatch(name.casefold()) is not None


def read_base64(value: object) -> bytes:
    """Decode base64 that is not empty."""
    if not isinstance(value, str) or not value:
        raise RefusedError("no base64")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(f"not base64: {error}") from error


def write_base64(data: bytes) -> str:
    """Base64 without line breaks."""
    return base64.b64encode(data).decode()


def check_sha256(name: object) -> None:
    """Refuse a hash algorithm by name, unless it is SHA-256 or not named at all."""
    if name in (None, ""):
        return
    if not isinstance(name, str) or re.sub(r"[\s_\-]", "", name).casefold() not in SIGNED_DIRECTLY:
        raise RefusedError(f"hash algorithm {name!r:.40}, only SHA-256 is signed")


def check_digest(digest: bytes) -> bytes:
    """Return a digest of SHA-256; refuse SHA-1, MD5 and what is none."""
    if len(digest) != SHA256_LENGTH:
        raise RefusedError(f"a digest of {len(digest)} bytes, only SHA-256 is signed")
    return digest


def read_serial(value: object) -> str | None:
    """A certificate's serial, normalised; None when the page leaves it open."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value) > 128:
        raise RefusedError("no serial")
    try:
        return normalise_serial(value)
    except ChukysoError as error:
        raise RefusedError("no serial") from error


def write_serial(certificate: Certificate) -> str:
    """A certificate's serial as upper-case hex, two digits for each byte."""
    digits = certificate.serial.upper()
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
