"""The client's half of the Assuan protocol, as far as a pinentry speaks it (libassuan manual, sections 2.1 to 2.3)."""

from __future__ import annotations

import re
from typing import IO

LINE = 1000
"""Longest line in bytes, its end not counted; what is longer a server refuses."""

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_CODE = 0xFFFF  # the upper half of an error number names the program that reports it


class AssuanError(Exception):
    """The server answered ``ERR``.

    Attributes:
        number: The error's number of libgpg-error, without its source.
        text: What the server says about it; never what a person typed.
    """

    def __init__(self, number: int, text: str) -> None:
        super().__init__(f"{number} {text}")
        self.number = number
        self.text = text


class BrokenConversationError(Exception):
    """The server ended or does not speak Assuan. Says where, never what was received: that may be a PIN."""


class Conversation:
    """One connection to a server that said hello.

    Nothing that passes is ever logged or put into an exception.

    Args:
        requests: What the server reads.
        answers: What the server writes.
    """

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers

    def greet(self) -> None:
        """Wait for the server's greeting.

        Raises:
            AssuanError, BrokenConversationError: There is none.
        """
        self._answer()

    def ask(self, command: str, argument: str = "") -> bytes:
        """Send one command and return the data that answers it, unescaped; b"" when there is none.

        Args:
            command: Its name, with an option's name where it has one.
            argument: Free text; escaped here.

        Raises:
            AssuanError: The server refuses.
            BrokenConversationError: It is gone or talks nonsense.
            ValueError: The line is too long for the protocol.
        """
        line = command.encode("ascii") + (b" " + escape(argument) if argument else b"")
        if len(line) > LINE:
            raise ValueError(f"{command}: a line of {len(line)} bytes")
        self._send(line)
        return self._answer()

    def _send(self, line: bytes) -> None:
        try:
            self._requests.write(line + b"\n")
            self._requests.flush()
        except (OSError, ValueError) as error:
            raise BrokenConversationError("the pipe is closed") from error

    def _answer(self) -> bytes:
        data = b""
        while True:
            kind, _, rest = self._line().partition(b" ")
            match kind:
                case b"OK":
                    return data
                case b"D":
                    data += unescape(rest)
                case b"ERR":
                    raise _error(rest)
                case b"INQUIRE":
                    self._send(b"CAN")  # nothing was announced that it could ask about
                case b"S" | b"":
                    continue
                case _ if kind.startswith(b"#"):
                    continue
                case _:
                    raise BrokenConversationError("not a line of the Assuan protocol")

    def _line(self) -> bytes:
        try:
            line = self._answers.readline(LINE + 3)
        except (OSError, ValueError) as error:
            raise BrokenConversationError("the pipe is closed") from error
        if not line.endswith(b"\n"):
            raise BrokenConversationError("the other side ended" if len(line) <= LINE else "a line without end")
        return line.rstrip(b"\r\n")


def escape(text: str) -> bytes:
    """Text as an argument: UTF-8, with what would end the line or begin an escape written as ``%XX``."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.encode("utf-8", "replace")


def unescape(data: bytes) -> bytes:
    """The bytes behind a data line."""
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), data)


def _error(rest: bytes) -> AssuanError:
    number, _, text = rest.partition(b" ")
    if not number.isdigit():
        raise BrokenConversationError("an error without number")
    return AssuanError(int(number) & _CODE, text.decode("utf-8", "replace"))
