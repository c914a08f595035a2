"""The agent by itself on a desktop, for a person: ``chukyso agent``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chukyso.agent.consent.console import AgentConsole
from chukyso.agent.core.config import AgentConfig, PinSource
from chukyso.agent.server import SigningAgent
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.validation import save_validation
from chukyso.moment import to_utc
from chukyso.pin.entry import require_pinentry
from chukyso.signature.presign import ASK_INTERNET, Validation, read_trust
from chukyso.signature.trust import RevocationMode, TrustStore
from chukyso.state import state_directory
from chukyso.token.client import TokenWorker
from chukyso.token.discovery import find_module

DEFAULT_PORT = 28917  # nobody's in particular: pages are told it once, and a second agent is noticed

_LOG_SIZE, _LOG_FILES = 1 << 20, 3


class WindowKind(StrEnum):
    """Where a person consents and gives the PIN."""

    PINENTRY = "pinentry"
    BROWSER = "browser"


@dataclass(frozen=True)
class AttendedOptions:
    """How the operator wants the agent to run.

    Attributes:
        origins: Pages that may ask.
        port: Port on 127.0.0.1; 0 takes a free one.
        module: PKCS#11 module; None for the installed one that sees the token.
        token_serial: The token; None when there is only one.
        windows: Where the person consents and gives the PIN.
        trust: PEM files with the roots that are believed; none: the certificate is not validated before it signs.
        revocation: What an answer about revocation is worth.
        hosts: Hosts on this machine or network that may be asked about revocation, besides public ones.
        evidence: Directory that keeps what CRL and OCSP answered; None keeps nothing but the log's line.
    """

    origins: tuple[str, ...]
    port: int = DEFAULT_PORT
    module: Path | None = None
    token_serial: str | None = None
    windows: WindowKind = WindowKind.PINENTRY
    trust: tuple[Path, ...] = ()
    revocation: RevocationMode = RevocationMode.REQUIRED
    hosts: frozenset[str] = frozenset()
    evidence: Path | None = None


def attend(options: AttendedOptions, *, console: Console | None = None, ended: threading.Event | None = None) -> None:
    """Run the agent until ``ended`` is set or Ctrl-C; afterwards nothing of it is left but its log file.

    Args:
        options: How.
        console: Where to print.
        ended: Ends it.

    Raises:
        ChukysoError: ``AGENT_PORT_TAKEN``, ``PINENTRY_MISSING``, ``OPTION_INVALID``, what the token says, …
    """
    out = console or Console(highlight=False)
    stop = ended or threading.Event()
    config = _configure(options, AgentConsole(out))
    module = find_module(str(options.module) if options.module else None, serial=options.token_serial)
    with _log_file(options.port) as log, TokenWorker(module) as worker:
        token = worker.token(options.token_serial)
        with SigningAgent(config, worker) as agent:
            out.print(_table(config, agent.url, f"{token.label} · số sê-ri {token.serial}", log))
            # Short waits: on Windows an unlimited one is deaf to Ctrl-C.
            while agent.running and not stop.wait(0.5):
                pass
            if not stop.is_set():
                raise ChukysoError(
                    Code.AGENT_FAILED, "the agent's thread is gone", reason="bộ ký số đã dừng giữa chừng"
                )
    out.print("Bộ ký số đã dừng.")


def _configure(options: AttendedOptions, console: AgentConsole) -> AgentConfig:
    in_browser = options.windows is WindowKind.BROWSER
    return AgentConfig(
        origins=options.origins,
        token_serial=options.token_serial,
        pin_source=PinSource.WINDOW if in_browser else PinSource.PINENTRY,
        open_window=console.open_window if in_browser else None,
        pinentry=None if in_browser else require_pinentry(),
        tell_operator=console,
        port=options.port,
        trust=_read_trust(options.trust),
        revocation=options.revocation,
        revocation_policy=replace(ASK_INTERNET, hosts=options.hosts),
        report_validation=_keep_validations(options),
    )


def _keep_validations(options: AttendedOptions) -> Callable[[Validation], object] | None:
    """What keeps each validation in a directory of its own, named after moment and certificate."""
    if options.evidence is None:
        return None
    if not options.trust:
        raise ChukysoError(
            Code.OPTION_INVALID, "nothing is validated", name="--evidence", reason="cần --trust để có gì mà lưu"
        )
    root = options.evidence
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, str(error), path=str(root)) from error

    def keep(validation: Validation) -> None:
        name = f"{to_utc(validation.at):%Y%m%dT%H%M%S.%fZ}-{validation.certificate.serial}"
        save_validation(root, validation, name)

    return keep


def _read_trust(files: Sequence[Path]) -> TrustStore | None:
    stores = []
    for file in files:
        try:
            stores.append(read_trust(file))
        except (OSError, ValueError) as error:
            raise ChukysoError(
                Code.OPTION_INVALID, f"{file}: {error}", name="--trust", reason="không phải tệp PEM có chứng thư số gốc"
            ) from error
    if not stores:
        return None
    return TrustStore(
        tuple(root for store in stores for root in store.roots),
        tuple(helper for store in stores for helper in store.intermediates),
    )


@contextmanager
def _log_file(port: int) -> Iterator[Path]:
    """Write the full English detail to a file of this agent's own; never a secret."""
    path = state_directory() / f"agent-{port}.log"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_LOG_SIZE, backupCount=_LOG_FILES, encoding="utf-8")
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, str(error), path=str(path)) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("chukyso")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield path
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()


def _table(config: AgentConfig, address: str, token: str, log: Path) -> Table:
    table = Table(title="Bộ ký số", caption="Nhấn Ctrl-C để dừng.", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for origin in config.origins:
        table.add_row("Trang được phép", origin)
    table.add_row("Địa chỉ", address)
    table.add_row("Được ký", config.document_title)
    table.add_row("Token", token)
    checked = f"trước khi ký (thu hồi: {config.revocation})" if config.trust else "không, vì không có --trust"
    table.add_row("Kiểm tra chứng thư số", checked)
    if config.pin_source is PinSource.PINENTRY:
        table.add_row("Hỏi ý kiến và mã PIN", f"cửa sổ riêng của {config.pinentry}")
    else:
        table.add_row("Hỏi ý kiến và mã PIN", "[bold red]trong trình duyệt: trình duyệt thấy được mã PIN[/]")
    table.add_row("Nhật ký", str(log))
    return table
