"""What can go wrong with the signing client on demand, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Request(StrEnum):
    """What a page asks for."""

    VERSION = "VERSION"
    CERT = "CERT"
    SIGN = "SIGN"


class ClientFault(StrEnum):
    """What goes wrong, until another fault, or ``none``, is set.

    The first three are faults of the registration, the next ones of the program, the last five of its windows.
    """

    NONE = "none"
    NOT_REGISTERED = "not-registered"  # the browser knows no host of this name
    WRONG_PATH = "wrong-path"  # the registration names a program that is not there
    WRONG_EXTENSION = "wrong-extension"  # the registration allows another extension
    CRASH = "crash"  # ends without an answer
    SILENT = "silent"  # never answers
    BUSY = "busy"
    VALUE_NULL = "value-null"  # no list of certificates: broken driver, expired certificate (facts, section 9, row 9)
    EMPTY_LIST = "empty-list"  # no token, as far as the program sees
    DRIVER = "driver"  # the token's driver does not load
    NO_KEY = "no-key"  # the certificate is listed, its private key is not found (facts, section 9, row 10)
    PIN_BLOCKED = "pin-blocked"  # as if the driver said so, whatever the token says
    OTHER_CERTIFICATE = "other-certificate"  # the window's row is right, what the page gets is another row's
    WINDOW_LATE = "window-late"  # ``milliseconds`` late
    WINDOW_HIDDEN = "window-hidden"
    WINDOW_BEHIND = "window-behind"
    WINDOW_TWICE = "window-twice"
    WINDOW_CLOSES = "window-closes"  # by itself, after ``milliseconds``


REGISTRATION: Final = frozenset({ClientFault.NOT_REGISTERED, ClientFault.WRONG_PATH, ClientFault.WRONG_EXTENSION})


@dataclass(frozen=True)
class Effect:
    """What a fault does to the program.

    Attributes:
        requests: The requests that it hits, unless others are asked for.
        result: Answered instead of doing anything; "" for none.
        message: Goes with ``result``: the program's own words.
        after_window: Whether ``result`` is answered once the window was answered, and not before it opens.
        windows: For the windows' program; a value of None stands for the given milliseconds.
    """

    requests: frozenset[Request]
    result: str = ""
    message: str = ""
    after_window: bool = False
    windows: dict[str, int | bool | None] = field(default_factory=dict)


_ALL: Final = frozenset(Request)
_CERT: Final = frozenset({Request.CERT})
_SIGN: Final = frozenset({Request.SIGN})
_WINDOWS: Final = _CERT | _SIGN

# .NET's words for what an operator of the real client saw (facts, section 9, row 9), and Windows' for a lost key
VALUE_NULL: Final = "Value cannot be null. Parameter name: source"
NO_KEY: Final = "Keyset does not exist"

EFFECTS: Final[dict[ClientFault, Effect]] = {
    ClientFault.CRASH: Effect(_WINDOWS),
    ClientFault.SILENT: Effect(_WINDOWS),
    ClientFault.BUSY: Effect(_WINDOWS, result="busy"),
    ClientFault.VALUE_NULL: Effect(_CERT, result="technical_error", message=VALUE_NULL),
    ClientFault.EMPTY_LIST: Effect(_CERT, result="no_certificates"),
    ClientFault.DRIVER: Effect(_CERT, result="driver_error"),
    ClientFault.NO_KEY: Effect(_SIGN, result="technical_error", message=NO_KEY),
    ClientFault.PIN_BLOCKED: Effect(_SIGN, result="pin_blocked", after_window=True),
    ClientFault.OTHER_CERTIFICATE: Effect(_CERT),
    ClientFault.WINDOW_LATE: Effect(_WINDOWS, windows={"delay_ms": None}),
    ClientFault.WINDOW_HIDDEN: Effect(_WINDOWS, windows={"hidden": True}),
    ClientFault.WINDOW_BEHIND: Effect(_WINDOWS, windows={"behind": True}),
    ClientFault.WINDOW_TWICE: Effect(_WINDOWS, windows={"twice": True}),
    ClientFault.WINDOW_CLOSES: Effect(_WINDOWS, windows={"close_after_ms": None}),
}


@dataclass(frozen=True)
class FaultOrder:
    """A fault as it was asked for.

    Attributes:
        kind: What goes wrong.
        on: The one request that it hits; None for those that it usually hits.
        milliseconds: How late a window is, or how long it stays.
    """

    kind: ClientFault = ClientFault.NONE
    on: Request | None = None
    milliseconds: int = 3000

    def effect(self, request: Request) -> Effect | None:
        """What the fault does to a request; None for nothing."""
        effect = EFFECTS.get(self.kind)
        if effect is None or request not in (effect.requests if self.on is None else {self.on}):
            return None
        return effect

    def windows(self, request: Request) -> dict[str, int | bool]:
        """The ``faults`` that the windows' program is told of a request's window."""
        effect = self.effect(request)
        given = effect.windows if effect else {}
        return {name: self.milliseconds if value is None else value for name, value in given.items()}

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "on": self.on.value if self.on else None, "milliseconds": self.milliseconds}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FaultOrder:
        """Read what ``to_dict`` wrote.

        Raises:
            ValueError: There is no such fault or request.
        """
        on = values.get("on")
        return cls(
            ClientFault(values.get("kind", "none")),
            Request(on) if on else None,
            int(values.get("milliseconds") or 3000),
        )
