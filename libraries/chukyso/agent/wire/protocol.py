"""Protocol v1 between page and agent: one flat JSON object per text frame, described in docs/signing-agent.md.

Messages from the page become frozen dataclasses, or are refused: exactly the known members, each of the known form.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chukyso.agent.core.request import GetCertificate, Progress, Request, SignXml
from chukyso.certificate import read_serial
from chukyso.errors import Code

VERSION = 1
PATH = "/v1"

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SERIAL = re.compile(r"[0-9A-Fa-f]{1,64}")
_PLACE = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")


class WireCode(StrEnum):
    """All that a page learns of an error: enough to tell its user what to do, nothing that helps to probe."""

    CANCELLED = "cancelled"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True)
class Cancel:
    """The page withdraws its request."""

    id: str


Message = Request | Cancel


class MalformedMessageError(ValueError):
    """A frame that is no message of this protocol. The text is for the local log."""


def parse(text: str) -> Message:
    """Read one text frame.

    Raises:
        MalformedMessageError: it is anything but a message as documented.
    """
    # One flat object whose values hold neither brace nor bracket: depth is refused without recursing into it.
    if text.count("{") != 1 or "[" in text:
        raise MalformedMessageError("not one flat JSON object")
    try:
        members = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError(f"not JSON: {error}") from error
    if not isinstance(members, dict):
        raise MalformedMessageError("not a JSON object")
    if type(members.get("v")) is not int or members["v"] != VERSION:
        raise MalformedMessageError("another version of the protocol")
    message_type = members.get("type")
    if message_type == "sign-xml":
        _expect(members, {"v", "id", "type", "document", "certificateSerial", "place"})
        return SignXml(
            id=_matching(members, "id", _ID),
            document=_base64(members["document"]),
            certificate_serial=read_serial(_matching(members, "certificateSerial", _SERIAL)),
            place=_matching(members, "place", _PLACE),
        )
    _expect(members, {"v", "id", "type"})
    if message_type == "get-certificate":
        return GetCertificate(_matching(members, "id", _ID))
    if message_type == "cancel":
        return Cancel(_matching(members, "id", _ID))
    raise MalformedMessageError("unknown type of message")


def progress(request_id: str, state: Progress) -> str:
    """A message that says where the request stands."""
    return _write(request_id, "progress", state=state)


def certificate(request_id: str, der: bytes) -> str:
    """The answer to ``get-certificate``."""
    return _write(request_id, "certificate", certificate=base64.b64encode(der).decode())


def signed(request_id: str, document: bytes) -> str:
    """The answer to ``sign-xml``."""
    return _write(request_id, "signed", document=base64.b64encode(document).decode())


def error(request_id: str | None, code: WireCode) -> str:
    """An error; ``request_id`` is None when the agent could not read one."""
    return _write(request_id, "error", code=code)


def wire_code(code: Code) -> WireCode:
    """What a page is told of an error that is known locally."""
    if code is Code.SIGNING_CANCELLED:
        return WireCode.CANCELLED
    if code is Code.SIGNING_TIMEOUT:
        return WireCode.TIMEOUT
    if code in (Code.REQUEST_NOT_OURS, Code.DOCUMENT_INVALID):
        return WireCode.REFUSED
    return WireCode.FAILED


def _write(request_id: str | None, message_type: str, **members: str) -> str:
    return json.dumps({"v": VERSION, "id": request_id, "type": message_type, **members})


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _expect(members: dict[str, Any], names: set[str]) -> None:
    if members.keys() != names:
        raise MalformedMessageError(f"members {sorted(members)!r:.200}, expected {sorted(names)}")


def _matching(members: dict[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = members[name]
    if not isinstance(value, str) or not form.fullmatch(value):
        raise MalformedMessageError(f"{name} has another form")
    return value


def _base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise MalformedMessageError("document is not a string")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedMessageError(f"document is not base64: {error}") from error
