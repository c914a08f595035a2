"""The socket on which the agent listens, always on 127.0.0.1."""

from __future__ import annotations

import socket
import sys

from chukyso.errors import ChukysoError, Code


def bind(port: int) -> socket.socket:
    """Listen on this port of 127.0.0.1; 0 stands for any free one.

    Raises:
        ChukysoError: ``AGENT_PORT_TAKEN``.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # there SO_REUSEADDR would let two programs listen, and this keeps others out
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(32)
    except OSError as error:
        listening.close()
        raise ChukysoError(Code.AGENT_PORT_TAKEN, f"{port}: {error}", port=str(port)) from error
    # Connections inherit it; without it every answer in two parts waits 40 ms for the client's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setblocking(False)
    return listening
