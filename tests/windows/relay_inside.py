"""Runs inside the Windows in the place of a browser: hands arguments and DevTools' pipes to ``browser.py`` outside."""

import json
import os
import socket
import sys
import threading
from pathlib import Path

PIPES = "--remote-debugging-pipe" in sys.argv


def hand_in(outside: socket.socket) -> None:
    try:
        while data := os.read(3, 1 << 16):
            outside.sendall(data)
        outside.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the browser outside has ended


def main() -> None:
    port = int(Path(__file__).with_suffix(".port").read_text(encoding="ascii"))
    with socket.create_connection(("127.0.0.1", port)) as outside:
        outside.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        outside.sendall(json.dumps(sys.argv[1:]).encode() + b"\n")
        if PIPES:
            threading.Thread(target=hand_in, args=(outside,), daemon=True).start()
        target = 4 if PIPES else 1
        while data := outside.recv(1 << 16):
            while data:
                data = data[os.write(target, data) :]
    os._exit(0)  # the other thread may wait for its pipe


if __name__ == "__main__":
    main()
