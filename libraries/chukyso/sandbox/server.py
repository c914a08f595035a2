"""The sandbox's process: portal, PKI and control interface on three loopback ports of one event loop.

``python -m chukyso.sandbox`` reads one line of JSON from stdin (``SandboxOptions``), writes one line of JSON to stdout
when it is ready (``SandboxDetails``, or ``{"error": …}``), and runs until stdin is closed, so that it ends with its
parent, or until it is interrupted. At the end its directory is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.options import SandboxOptions
from chukyso.sandbox.pki import KeyMaker, Pki, pki_app
from chukyso.sandbox.scenario import Place, Scenario, ScenarioMaker
from chukyso.token.modules import find_softhsm

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from chukyso.sandbox.portal.model import PortalBackdoor

LOG_NAME: Final = "sandbox.log"
_LOOPBACK: Final = "127.0.0.1"
_log = logging.getLogger("chukyso.sandbox")


@dataclass(frozen=True)
class _Listeners:
    """The three bound sockets; they are bound first because certificates and accounts name the addresses."""

    portal: socket.socket
    pki: socket.socket
    control: socket.socket

    @classmethod
    def bind(cls, portal_port: int) -> _Listeners:
        return cls(_bind(portal_port), _bind(0), _bind(0))

    def all(self) -> tuple[socket.socket, ...]:
        return (self.portal, self.pki, self.control)

    def close(self) -> None:
        for listener in self.all():
            listener.close()


@dataclass(frozen=True)
class _Services:
    """What answers on the three listeners."""

    apps: tuple[ASGIApp, ASGIApp, ASGIApp]
    backdoor: PortalBackdoor
    scenario: Scenario


def main() -> NoReturn:
    """Run a sandbox as this process, to its end."""
    ending = threading.Event()
    for number in _signals():
        signal.signal(number, lambda *_: ending.set())
    directory: Path | None = None
    keep = False
    code = 1
    try:
        options = SandboxOptions.from_dict(_read_options())
        keep = options.keep_directory
        directory = options.directory or Path(tempfile.mkdtemp(prefix="chukyso-sandbox-"))
        _log_to(directory / LOG_NAME)
        _run(options, directory, ending)
        code = 0
    except ChukysoError as error:
        _log.exception("%s", error.detail)
        _answer({"error": {"code": error.code.name, "detail": error.detail, "context": _plain(error.context)}})
    except Exception as error:  # noqa: BLE001 - the outermost frame: whatever it is, the parent has to learn of it
        _log.exception("unexpected")
        reason = {"reason": f"lỗi {type(error).__name__}"}
        _answer({"error": {"code": "SANDBOX_FAILED", "detail": traceback.format_exc(), "context": reason}})
    finally:
        _end(None if keep else directory)
    # Nothing is left to be finished: threads that still make a key or hold a client waiting must not delay the end.
    os._exit(code)


def _run(options: SandboxOptions, directory: Path, ending: threading.Event) -> None:
    keys = KeyMaker()
    listeners = _Listeners.bind(options.portal_port)
    try:
        services = _prepare(options, directory, listeners, keys)
        try:
            asyncio.run(_serve(services, listeners, ending))
        finally:
            services.backdoor.close()
    finally:
        listeners.close()
        keys.close()


def _prepare(options: SandboxOptions, directory: Path, listeners: _Listeners, keys: KeyMaker) -> _Services:
    """Set everything up. Keys, certificates and token are made in a thread while this one imports the portal."""
    place = Place(
        portal_url=_url(listeners.portal),
        control_url=_url(listeners.control),
        control_secret=secrets.token_urlsafe(32),
        pki_url=_url(listeners.pki),
        directory=directory,
        token_module=find_softhsm(),
    )
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="scenario") as pool:
        made = pool.submit(_make_first, place, keys, options)
        import chukyso.sandbox.serving  # noqa: F401, PLC0415 - uvicorn takes its time too
        from chukyso.sandbox.control import Controlled, control_app  # noqa: PLC0415 - beside the making of the keys
        from chukyso.sandbox.mail import PostOffice  # noqa: PLC0415 - same
        from chukyso.sandbox.portal.app import create_portal  # noqa: PLC0415 - same
        from chukyso.sandbox.portal.model import PortalSettings  # noqa: PLC0415 - same

        pki, maker, scenario = made.result()
    settings = PortalSettings(
        root_der=pki.root.certificate_der,
        intermediates_der=(pki.issuing.certificate_der,),
        session_seconds=options.session_seconds,
        allowed_pki_hosts=(place.pki_url.removeprefix("http://"),),
        signing=options.signing,
        login=options.login,
    )
    post = PostOffice(options.mail)
    portal, backdoor = create_portal(directory / "portal.sqlite3", settings, post.accepted)
    post.use(backdoor)
    backdoor.add_account(scenario.account)
    control = control_app(Controlled(backdoor, pki, maker, scenario.details, post))
    return _Services((portal, pki_app(lambda: pki), control), backdoor, scenario)


def _make_first(place: Place, keys: KeyMaker, options: SandboxOptions) -> tuple[Pki, ScenarioMaker, Scenario]:
    pki = Pki(place.pki_url, keys)
    maker = ScenarioMaker(place, pki, keys)
    return pki, maker, maker.make(options.scenario)


async def _serve(services: _Services, listeners: _Listeners, ending: threading.Event) -> None:
    from chukyso.sandbox.serving import serve  # noqa: PLC0415 - was imported beside the making of the keys

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def end(*_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(stop.set)

    def ready() -> None:
        details = services.scenario.details
        _answer(details.to_dict())
        _log.info("ready: portal %s, pki %s, control %s", details.portal_url, details.pki_url, details.control_url)

    for number in _signals():
        signal.signal(number, end)
    _when_stdin_closes(end)
    if not ending.is_set():  # else a signal came while everything was set up
        await serve(services.apps, listeners.all(), stop, ready)


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Connections inherit it; without it every answer in two parts waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise ChukysoError(Code.SANDBOX_FAILED, str(error), reason=f"cổng mạng {port} không dùng được") from error
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{_LOOPBACK}:{listener.getsockname()[1]}"


def _signals() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _read_options() -> dict[str, Any]:
    # Unbuffered: a thread that waits in a buffered read of stdin would hold its lock while the interpreter ends.
    line = bytearray()
    while not line.endswith(b"\n"):
        part = os.read(0, 65536)
        if not part:
            break
        line += part
    try:
        return dict(json.loads(line or b"{}"))
    except (ValueError, TypeError) as error:
        raise ChukysoError(Code.OPTION_INVALID, str(error), name="stdin", reason="không phải JSON") from error


def _when_stdin_closes(act: Callable[[], object]) -> None:
    def wait() -> None:
        with contextlib.suppress(OSError):  # a broken pipe is a closed one
            while os.read(0, 1024):
                pass
        act()

    threading.Thread(target=wait, name="stdin", daemon=True).start()


def _answer(values: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):  # the parent is gone: stdin says so as well
        sys.stdout.write(json.dumps(values, ensure_ascii=True) + "\n")
        sys.stdout.flush()


def _plain(context: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in context.items()}


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _end(directory: Path | None) -> None:
    logging.shutdown()
    if directory is None:
        return
    # The parent gave the log as stderr; Windows removes no file that is open.
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    shutil.rmtree(directory, ignore_errors=True)
