"""What the agent's server needs of a dialect: another vendor's protocol, on a listener of its own."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chukyso.errors import ChukysoError, Code

if TYPE_CHECKING:  # the web server is loaded when an agent starts, not before
    from starlette.routing import BaseRoute

    from chukyso.agent.core import Core
    from chukyso.agent.tls import ServerCertificate


class Dialect(Protocol):
    """Another vendor's protocol: a wire module over ``Core.perform``.

    Attributes:
        name: What the operator calls it.
        ports: The ports that pages know, in the order in which they try them.
        tls: Whether pages connect with TLS.
    """

    @property
    def name(self) -> str: ...

    @property
    def ports(self) -> tuple[int, ...]: ...

    @property
    def tls(self) -> bool: ...

    def routes(self, core: Core) -> Sequence[BaseRoute]:
        """Routes of the dialect. The gate before them let only pages of the configured origins pass."""


@dataclass(frozen=True)
class Listening:
    """A dialect and where it listens, always on 127.0.0.1.

    Attributes:
        dialect: The dialect.
        port: Its port; 0 takes a free one, None the first free one of the ports that pages know.
        tls: Key and certificate; needed when the dialect wants TLS.
    """

    dialect: Dialect
    port: int | None = None
    tls: ServerCertificate | None = None


def bind(ports: Sequence[int]) -> socket.socket:
    """Listen on the first of these ports of 127.0.0.1 that is free; 0 stands for any free one.

    Raises:
        ChukysoError: ``AGENT_PORT_TAKEN`` when none is.
    """
    failures = []
    for port in ports:
        try:
            listening = _listen(port)
        except OSError as error:
            failures.append(f"{port}: {error}")
            continue
        # Connections inherit it; without it every answer in two parts waits 40 ms for the client's acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.setblocking(False)
        return listening
    raise ChukysoError(Code.AGENT_PORT_TAKEN, "; ".join(failures), port=", ".join(map(str, ports)))


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # there SO_REUSEADDR would let two programs listen, and this keeps others out
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(32)
    except OSError:
        listening.close()
        raise
    return listening
