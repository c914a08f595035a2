"""What a page asks the VNPT-CA Plugin to sign, read into tasks."""

from __future__ import annotations

import re
from typing import Any

from chukyso.agent.dialects import words
from chukyso.agent.dialects.words import NotCoveredError, RefusedError
from chukyso.agent.task import Content, SignTask

MAX_ITEMS = 10  # each has its own windows and its own PIN

_PLACE = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")
_ITEM_MEMBERS = ("data", "type", "sigOptions")
# The time is this computer's, certificates are always validated, and how the element's prefix is called is our choice.
_IGNORED = ("SigningTime", "ValidateBefore", "DsSignature", "NameIDTimeSignature")
_XML_OPTIONS = ("TagSaveResult", "SigningType", "CertificateSerial", "DigestMethod", "SignatureMethod", *_IGNORED)
_DATA_OPTIONS = ("DigestAlgorithm", "encoding", "detached")
_TITLE = "{what} do trang gửi theo giao thức VNPT-CA Plugin"


def read_items(array: object, serial: object) -> list[SignTask]:
    """Read the first two arguments of ``signArrDataAdvanced``: a JSON array of JSON objects, and a serial.

    Raises:
        RefusedError: one of them is something else; then none is signed.
    """
    items = words.read_json(array) if isinstance(array, str) else None
    if not isinstance(items, list) or not 0 < len(items) <= MAX_ITEMS:
        raise RefusedError(f"not an array of 1 to {MAX_ITEMS} items")
    tasks = []
    for item in items:
        members = words.read_object(item) if isinstance(item, str) else {}
        words.check_members(members, _ITEM_MEMBERS)
        tasks.append(read_task(members.get("type"), members.get("data"), members.get("sigOptions"), serial))
    return tasks


def read_task(kind: object, data: object, options: object, serial: object) -> SignTask:
    """Make a task of what a page wants signed.

    Args:
        kind: The plugin's name for what it is.
        data: Base64.
        options: JSON text of the options, or nothing.
        serial: The certificate's serial, or nothing.

    Raises:
        RefusedError: it is something else, or asks for what the agent does not do.
    """
    given = words.read_json(options) if isinstance(options, str) and options else options
    members = {} if given is None or given == "" else given
    if not isinstance(members, dict):
        raise RefusedError("the options are no JSON object")
    if kind == "xml":
        return _xml_task(words.read_base64(data), members, serial)
    if kind not in ("cms", "cmsdetached", "txt", "hash"):
        raise NotCoveredError(f"data of type {kind!r:.40} is not covered")
    words.check_members(members, _DATA_OPTIONS)
    words.check_sha256(members.get("DigestAlgorithm"))
    if members.get("detached", True) is not True:
        raise RefusedError("not a detached CMS")
    content, wanted = words.read_base64(data), words.read_serial(serial)
    if kind == "hash":
        return SignTask(Content.HASH, words.check_digest(content), _TITLE.format(what="Giá trị băm SHA-256"), wanted)
    return SignTask(Content.DATA, content, _TITLE.format(what="Dữ liệu"), wanted)


def _xml_task(document: bytes, options: dict[str, Any], serial: object) -> SignTask:
    words.check_members(options, _XML_OPTIONS)
    words.check_sha256(options.get("DigestMethod"))
    words.check_sha256(options.get("SignatureMethod"))
    if options.get("SigningType") not in (None, "", "Enveloped"):
        raise RefusedError(f"SigningType {options['SigningType']!r:.40}")
    place = options.get("TagSaveResult") or None
    if place is not None and not (isinstance(place, str) and _PLACE.fullmatch(place)):
        raise RefusedError("TagSaveResult is no name of an element")
    wanted = words.read_serial(options.get("CertificateSerial") or serial)
    return SignTask(Content.XML, document, _TITLE.format(what="Tài liệu XML"), wanted, place)
