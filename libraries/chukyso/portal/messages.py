"""What a message of the portal means for the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chukyso.errors import ChukysoError, Code


class Meaning(StrEnum):
    """Meaning of a toast. ``UNKNOWN``: its text is in no table, so nothing is concluded from it."""

    CAPTCHA_WRONG = "captcha-wrong"
    LOGIN_FAILED = "login-failed"
    ACCOUNT_LOCKED = "account-locked"
    SESSION_EXPIRED = "session-expired"
    BOX_NOT_TICKED = "box-not-ticked"
    NO_ANSWER = "no-answer"
    TIMED_OUT = "timed-out"
    PORTAL_ERROR = "portal-error"
    SIGNING = "signing"
    REJECTED = "rejected"
    CLIENT_MISSING = "client-missing"
    CLIENT_NO_TOKEN = "client-no-token"  # noqa: S105 - no secret
    CLIENT_NO_LIST = "client-no-list"
    CLIENT_NO_KEY = "client-no-key"
    CLIENT_BUSY = "client-busy"
    CLIENT_FAILED = "client-failed"
    CLIENT_CANCELLED = "client-cancelled"
    PIN_WRONG = "pin-wrong"
    PIN_LOCKED = "pin-locked"
    UNKNOWN = "unknown"


_CLIENT: Final = {
    Meaning.CLIENT_NO_TOKEN: Code.CLIENT_NO_TOKEN,
    Meaning.CLIENT_NO_LIST: Code.CLIENT_NO_LIST,
    Meaning.CLIENT_NO_KEY: Code.CLIENT_NO_KEY,
    Meaning.CLIENT_BUSY: Code.CLIENT_BUSY,
    Meaning.CLIENT_FAILED: Code.CLIENT_REFUSED,
}


@dataclass(frozen=True)
class Message:
    """A toast as it was on the page.

    Attributes:
        text: What it says.
        code: The portal's own code for it, or "".
        meaning: What it means for the run.
    """

    text: str
    code: str
    meaning: Meaning


def interpret(text: str, code: str, meanings: Mapping[str, Meaning]) -> Message:
    """Find out what a toast means, first by its code, then by the beginning of its text."""
    text = " ".join(text.split())
    for known, meaning in meanings.items():
        if known == code or text.startswith(known):
            return Message(text, code, meaning)
    return Message(text, code, Meaning.REJECTED if code else Meaning.UNKNOWN)


def client_error(message: Message) -> ChukysoError | None:
    """What a message says of the signing client: nothing was signed, and why. None when it is about something else."""
    detail = f"said by client or page: {message.text}"
    match message.meaning:
        case Meaning.CLIENT_MISSING:
            return ChukysoError(Code.CLIENT_MISSING, detail, part=f"cổng báo “{message.text}”")
        case Meaning.CLIENT_CANCELLED:
            return ChukysoError(Code.SIGNING_CANCELLED, detail, window="của chương trình ký")
        case Meaning.PIN_WRONG:
            return ChukysoError(Code.PIN_INCORRECT, detail)
        case Meaning.PIN_LOCKED:
            return ChukysoError(Code.PIN_LOCKED, detail)
        case meaning if meaning in _CLIENT:
            return ChukysoError(_CLIENT[meaning], detail, text=message.text)
    return None


def to_error(message: Message, *, submitted: bool) -> ChukysoError:
    """The error that a toast stands for.

    Args:
        message: The toast.
        submitted: Whether the point of no return was passed. From then on only a clear refusal is conclusive;
            everything else leaves open what the portal did.
    """
    definite = {
        Meaning.LOGIN_FAILED: Code.LOGIN_FAILED,
        Meaning.ACCOUNT_LOCKED: Code.ACCOUNT_LOCKED,
        Meaning.BOX_NOT_TICKED: Code.BOX_NOT_TICKED,
    }
    detail = f"toast {message.code or '-'}: {message.text}"
    if message.meaning is Meaning.REJECTED:
        return ChukysoError(Code.PORTAL_REJECTED, detail, text=_named(message))
    if submitted:
        return ChukysoError(Code.SUBMISSION_UNKNOWN, detail, reason=_named(message))
    if error := client_error(message):
        return error
    if message.meaning in definite:
        return ChukysoError(definite[message.meaning], detail)
    if message.meaning is Meaning.SESSION_EXPIRED:
        return ChukysoError(Code.SESSION_EXPIRED, detail)
    return ChukysoError(Code.PORTAL_ERROR, detail, text=_named(message))


def _named(message: Message) -> str:
    return f"{message.text} ({message.code})" if message.code else message.text
