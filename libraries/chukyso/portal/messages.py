"""What a message of the portal means for the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    UNKNOWN = "unknown"


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
    if message.meaning in definite:
        return ChukysoError(definite[message.meaning], detail)
    if message.meaning is Meaning.SESSION_EXPIRED:
        return ChukysoError(Code.SESSION_EXPIRED, detail)
    return ChukysoError(Code.PORTAL_ERROR, detail, text=_named(message))


def _named(message: Message) -> str:
    return f"{message.text} ({message.code})" if message.code else message.text
