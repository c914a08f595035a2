"""A pinentry whose dialogs a test answers: it hands each over a socket and says what comes back.

Started as a program; the port of the test is the part of its file's name after the last dash.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from urllib.parse import unquote


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def ask(kind: str, texts: dict[str, str], port: int) -> str:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(json.dumps({"kind": kind, **texts}).encode() + b"\n")
        return connection.makefile(encoding="utf-8").readline().rstrip("\n")


def main() -> None:
    port = int(Path(sys.argv[0]).stem.rsplit("-", 1)[1])
    texts: dict[str, str] = {}
    say("OK scripted")
    for line in sys.stdin:
        command, _, value = line.rstrip("\n").partition(" ")
        if command.startswith("SET"):
            texts[command] = unquote(value)
        if command not in ("CONFIRM", "GETPIN"):
            say("OK")
            continue
        answer = ask(command, texts, port)
        if answer == "cancel":
            say("ERR 83886179 Operation cancelled <Pinentry>")
            continue
        if command == "GETPIN":
            say(f"D {answer}")
        say("OK")


if __name__ == "__main__":
    main()
