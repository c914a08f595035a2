"""VGCA Sign Service: ``wss://127.0.0.1:8987/<Function>``, one message for each socket. See docs/dialects/vgca.md."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence

from lxml import etree
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from chukyso.agent.core import Core
from chukyso.agent.dialects import words
from chukyso.agent.dialects.visit import NOT_COVERED_TEXT, TEXTS, Sockets, Visit
from chukyso.agent.dialects.words import NotCoveredError, RefusedError
from chukyso.agent.task import Content, SignTask
from chukyso.certificate import Certificate
from chukyso.signature.profile import ds, format_time
from chukyso.signature.xmlsafe import Limits, parse

VERSION = "chukyso"  # what the service answers is unknown; pages only wait for some answer
STATUS_OK = 0
STATUS_ERROR = 500  # the only status beside 0 that is publicly known; the page's own script uses it

_XML_MEMBERS = ("Base64Content", "ReturnSignatureOnly", "HashAlg", "XmlDsigForm")
_HASH_MEMBERS = ("HashAlg", "HashValue", "Encode")
_SIGNED = Limits(size=2 << 20, depth=64, elements=10_000)  # what may be signed, and the signature
_TITLE = "{what} do trang gửi theo giao thức VGCA Sign Service"


class Vgca:
    """The dialect."""

    name = "vgca"
    ports = (8987,)
    tls = True

    def routes(self, core: Core) -> Sequence[BaseRoute]:
        """One WebSocket for each function; the function is the path."""
        sockets = Sockets(core, self.name)

        async def serve(socket: WebSocket) -> None:
            function = socket.path_params["function"]

            async def answer(visit: Visit, text: str) -> str:
                return await answer_message(visit, function, text)

            await sockets.serve(socket, answer, once=True)

        return [WebSocketRoute("/{function}", serve)]


async def answer_message(visit: Visit, function: str, text: str) -> str:
    """Carry out what a page asks, and return the answer."""
    try:
        serve = _FUNCTIONS.get(function)
        if serve is None:
            raise NotCoveredError(f"function {function!r:.50} is not covered")
        return await serve(visit, text)
    except RefusedError as error:
        visit.note(f"{function[:50]}: {error}")
        message = NOT_COVERED_TEXT if isinstance(error, NotCoveredError) else TEXTS[error.code]
        return _write(STATUS_ERROR, message)


async def _get_version(_visit: Visit, _text: str) -> str:
    return _write(STATUS_OK, Version=VERSION)


async def _get_cert_info(visit: Visit, text: str) -> str:
    if text.strip('"') != "get_cert_info":
        words.check_members(words.read_object(text), ())  # names a PIN in the log; its value is never written
        raise RefusedError("not get_cert_info")
    shared = await visit.share()
    return _write(STATUS_OK, CertInfo=_cert_info(shared.certificate))


async def _sign_xml(visit: Visit, text: str) -> str:
    task, signature_only = read_sign_xml(text)
    signed = await visit.sign(task)
    content = extract_signature(signed.content) if signature_only else signed.content
    return _write(STATUS_OK, Signature=words.write_base64(content))


async def _sign_msg(visit: Visit, text: str) -> str:
    task = read_sign_msg(text)
    signed = await visit.sign(task)
    members = {
        "Signature": words.write_base64(signed.content),
        "CertBase64": words.write_base64(signed.certificate.der),
    }
    if task.content is Content.HASH:
        members |= {"HashAlg": "SHA256", "HashValue": words.write_base64(task.data)}
    return _write(STATUS_OK, **members)


_FUNCTIONS: dict[str, Callable[[Visit, str], Awaitable[str]]] = {
    "GetVersion": _get_version,
    "GetCertInfo": _get_cert_info,
    "SignXML": _sign_xml,
    "SignMsg": _sign_msg,
}


def read_sign_xml(text: str) -> tuple[SignTask, bool]:
    """Read a message of ``SignXML``; the second value says whether the page wants the signature alone.

    Raises:
        RefusedError: it is something else, or asks for what the agent does not do.
    """
    members = words.read_object(text)
    words.check_members(members, _XML_MEMBERS)
    words.check_sha256(members.get("HashAlg"))
    document = words.read_base64(members.get("Base64Content"))
    only = str(members.get("ReturnSignatureOnly") or "false").casefold()
    if only not in ("true", "false"):
        raise RefusedError(f"ReturnSignatureOnly {only!r:.40}")
    return SignTask(Content.XML, document, _TITLE.format(what="Tài liệu XML")), only == "true"


def read_sign_msg(text: str) -> SignTask:
    """Read a message of ``SignMsg``: a digest in JSON, or base64 of the bytes to be signed.

    Raises:
        RefusedError: it is something else, or asks for what the agent does not do.
    """
    if not text.lstrip().startswith("{"):
        return SignTask(Content.DATA, words.read_base64(text.strip()), _TITLE.format(what="Dữ liệu"))
    members = words.read_object(text)
    words.check_members(members, _HASH_MEMBERS)
    words.check_sha256(members.get("HashAlg"))
    if str(members.get("Encode") or "RSA").casefold() != "rsa":
        raise RefusedError(f"Encode {members['Encode']!r:.40}")
    digest = words.check_digest(words.read_base64(members.get("HashValue")))
    return SignTask(Content.HASH, digest, _TITLE.format(what="Giá trị băm SHA-256"))


def extract_signature(document: bytes) -> bytes:
    """Return the only signature of a document that the agent has just signed, as an element of its own."""
    signature = next(parse(document, _SIGNED).iter(ds("Signature")))
    return etree.tostring(signature, encoding="UTF-8", with_tail=False)


def _cert_info(certificate: Certificate) -> dict[str, str]:
    return {
        "Subject": certificate.subject_dn,
        "SubjectCN": certificate.owner,
        "Issuer": certificate.issuer_dn,
        "SerialNumber": words.write_serial(certificate),
        "ValidFrom": format_time(certificate.not_before),
        "ValidTo": format_time(certificate.not_after),
        "Base64Data": words.write_base64(certificate.der),
    }


def _write(status: int, error: str = "", **members: object) -> str:
    # Pages of different years look for the text under either name.
    return json.dumps({"Status": status, "Error": error, "Message": error, **members}, ensure_ascii=False)
