"""The native messaging host: ``python -I -m chukyso.sandbox.signing_client.host SETTINGS ORIGIN …``.

The browser starts it for each request and gives it the extension's origin as an argument. Messages are JSON with their
length in front (4 bytes, the machine's order), on stdin and stdout. It ends when stdin does, and takes its windows
along. Nothing of a certificate, a hash, a signature or a PIN is in its log.
"""

from __future__ import annotations

import json
import logging
import os
import string
import struct
import sys
import threading
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from chukyso.sandbox.signing_client import EXTENSION_ID
from chukyso.sandbox.signing_client.faults import ClientFault, Effect, Request
from chukyso.sandbox.signing_client.settings import LOG_NAME, HostSettings
from chukyso.sandbox.signing_client.token import ClientToken, TokenRefusedError
from chukyso.sandbox.signing_client.windows import NotAnsweredError, Windows

VERSION: Final = "1.0.0"
_MAX_MESSAGE: Final = 1 << 20  # of a browser to a host; the other way it is 1 MiB, too
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_HEX: Final = frozenset(string.hexdigits)
_log = logging.getLogger("chukyso.sandbox.signing_client")


def main() -> NoReturn:
    """Serve one browser's connection, to its end."""
    path, caller = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    log = path.with_name(LOG_NAME)
    logging.basicConfig(
        filename=log, encoding="utf-8", level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s"
    )
    if caller != f"chrome-extension://{EXTENSION_ID}/":
        _log.error("started by %s", ascii(caller[:100]))
        os._exit(1)
    settings = HostSettings.read(path)
    os.environ.update(settings.module_environment)  # SoftHSM2 asks for it when it is loaded
    windows = Windows(settings)
    client = SigningClient(settings, windows)
    code = 0
    try:
        while (request := read_message()) is not None:
            # In a thread: this one waits for the end of stdin, which ends everything whatever the other waits for.
            threading.Thread(target=_serve, args=(client, request), daemon=True).start()
    except (OSError, ValueError):
        _log.exception("not a message")
        code = 1
    windows.end()
    logging.shutdown()
    os._exit(code)  # a PKCS#11 module and a thread that waits for a window are not waited for


def _serve(client: SigningClient, request: dict[str, Any]) -> None:
    try:
        answer = client.answer(request)
    except Exception:  # noqa: BLE001 - the outermost frame of the thread: the page has to get an answer
        _log.exception("unexpected")
        answer = {"result": "technical_error"}
    if answer is None:
        return
    _log.info("%s -> %s", next((one for one in Request if one == request.get("type")), "?"), answer["result"])
    write_message(answer | {"nonce": request.get("nonce")})


class SigningClient:
    """Answers requests, one at a time.

    Args:
        settings: What the host is told.
        windows: Shows the windows.
    """

    def __init__(self, settings: HostSettings, windows: Windows) -> None:
        self._settings = settings
        self._windows = windows
        self._running = threading.Lock()

    def answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a request, without its nonce; None for none."""
        if not origin_allowed(request.get("origin")):
            return {"result": "not_allowed"}
        if not self._running.acquire(blocking=False):
            return {"result": "busy"}
        try:
            return self._answer(request)
        except TokenRefusedError as error:
            return _refusal(error.result, error.message)
        except NotAnsweredError as error:
            return _refusal(str(error))
        finally:
            self._running.release()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        try:
            kind = Request(str(request.get("type")))
        except ValueError:
            return {"result": "invalid_argument"}
        effect = self._settings.fault.effect(kind)
        if effect is not None:
            if self._settings.fault.kind is ClientFault.CRASH:
                os._exit(70)
            if self._settings.fault.kind is ClientFault.SILENT:
                return None
            if effect.result and not effect.after_window:
                return _refusal(effect.result, effect.message)
        if kind is Request.VERSION:
            return {"result": "ok", "version": VERSION}
        return self._certificate(effect) if kind is Request.CERT else self._sign(request, effect)

    def _certificate(self, effect: Effect | None) -> dict[str, Any]:
        listed = ClientToken(self._settings.module).certificates()
        if not listed:
            return _refusal("no_certificates")
        row = self._windows.choose(listed)
        if effect is not None and self._settings.fault.kind is ClientFault.OTHER_CERTIFICATE:
            row = (row + 1) % len(listed)
        return {"result": "ok", "cert": listed[row].der.hex()}

    def _sign(self, request: dict[str, Any], effect: Effect | None) -> dict[str, Any]:
        digest, certificate = _hex(request.get("hash"), 32), _hex(request.get("cert"))
        if not digest or not certificate or request.get("hashtype") != "SHA-256":
            return _refusal("invalid_argument")
        token = ClientToken(self._settings.module)
        listed = next((one for one in token.certificates() if one.der == certificate), None)
        if listed is None:
            return _refusal("no_certificates")  # pulled between the two requests, or never there
        pin = self._windows.pin(listed.label)
        if effect is not None and effect.result:
            return _refusal(effect.result, effect.message)
        return {"result": "ok", "signature": token.sign(listed, digest, pin).hex()}


def _refusal(result: str, message: str = "") -> dict[str, Any]:
    return {"result": result, "message": message} if message else {"result": result}


def _hex(value: object, size: int = 0) -> bytes:
    """The bytes of a hex text; b"" when it is none, or not of this size."""
    if not isinstance(value, str) or len(value) % 2 or not _HEX.issuperset(value):
        return b""
    data = bytes.fromhex(value)
    return data if not size or len(data) == size else b""


def origin_allowed(origin: object) -> bool:
    """Whether a page of this origin may ask: https, or this machine itself."""
    if not isinstance(origin, str):
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def read_message() -> dict[str, Any] | None:
    """The next message; None at the end of stdin.

    Raises:
        ValueError: It is too long, cut off, or no JSON object.
    """
    head = sys.stdin.buffer.read(4)
    if not head:
        return None
    if len(head) < 4:
        raise ValueError("cut off")
    (length,) = struct.unpack("=I", head)
    if length > _MAX_MESSAGE:
        raise ValueError(f"{length} bytes")
    body = sys.stdin.buffer.read(length)
    if len(body) < length:
        raise ValueError("cut off")
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a caller tells bad messages by one class
    return message


def write_message(message: dict[str, Any]) -> None:
    """Send a message to the browser; one that is gone does not get it."""
    body = json.dumps(message).encode()
    try:
        sys.stdout.buffer.write(struct.pack("=I", len(body)) + body)
        sys.stdout.buffer.flush()
    except OSError:
        _log.info("the browser is gone")


if __name__ == "__main__":
    main()
