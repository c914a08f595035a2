"""Error codes: one table of what can go wrong, what the operator reads, and what may follow.

A code is stable: operators, ledgers and reports refer to it. The Vietnamese sentences are for the operator; the
technical detail is English and goes to the log. No message ever carries a secret.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from pathlib import Path
from string import Formatter


class Outcome(StrEnum):
    """How a run ended for the account."""

    UPDATED = "updated"
    ALREADY_REGISTERED = "already-registered"
    DRY_RUN = "dry-run"
    REJECTED = "rejected"
    STOPPED = "stopped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """What may follow an error.

    ``BUSINESS`` needs a person and is never retried; ``APPLICATION`` happened before the submission and may be retried;
    ``UNKNOWN`` happened after the point of no return and is reconciled, never resubmitted blindly.
    """

    BUSINESS = "business"
    APPLICATION = "application"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ErrorSpec:
    """What an error code means.

    Attributes:
        name: The code itself.
        outcome: The run's outcome when this error ends it.
        happened: One Vietnamese sentence, what happened. May name context fields in braces.
        action: One Vietnamese sentence, what the operator does now.
        by_hand: The action for a person before the windows of a signing agent, where there is no run to start again;
            "" when it is the same.
        family: What may follow; by default read off the outcome.
    """

    name: str
    outcome: Outcome
    happened: str
    action: str
    by_hand: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """Names of the context fields that the sentence has."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.happened) if name)

    @property
    def family(self) -> Family:
        if self.outcome is Outcome.UNKNOWN:
            return Family.UNKNOWN
        return Family.APPLICATION if self.outcome is Outcome.FAILED else Family.BUSINESS


_TABLE: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _read_spec(name: str) -> ErrorSpec:
    table = _TABLE[name]
    return ErrorSpec(name, Outcome(table["outcome"]), table["happened"], table["action"], table.get("by_hand", ""))


class Code(Enum):
    """Every error code of the product; the member's name is the code, its value what ``errors.toml`` says of it."""

    _value_: ErrorSpec

    @staticmethod
    def _generate_next_value_(name: str, _start: int, _count: int, _last: list[object]) -> ErrorSpec:
        return _read_spec(name)

    # What the operator gave
    MST_INVALID = auto()
    COMMAND_INVALID = auto()
    OPTION_INVALID = auto()
    OPTION_UNKNOWN = auto()
    PROFILE_UNKNOWN = auto()
    PROFILE_INVALID = auto()
    PROFILE_INCOMPLETE = auto()
    PROFILE_NOT_WRITABLE = auto()
    SECRET_REFERENCE_INVALID = auto()
    SECRET_UNREADABLE = auto()
    SECRET_CHARACTER = auto()
    OUTPUT_NOT_WRITABLE = auto()
    OUTPUT_IN_USE = auto()
    OUTPUT_NOT_KEPT = auto()
    OUTPUT_DISK_FULL = auto()
    STATE_NOT_WRITABLE = auto()
    TEMP_NOT_WRITABLE = auto()
    HISTORY_NOT_WRITABLE = auto()
    HISTORY_UNREADABLE = auto()
    NIGHT_TOOL_MISSING = auto()
    NIGHT_EMPTY = auto()
    NIGHT_BROKEN = auto()
    EVIDENCE_UNREADABLE = auto()
    CHAIN_NOT_WRITTEN = auto()
    SUBMISSIONS_UNUSABLE = auto()
    PRUNE_REFUSED = auto()
    EVIDENCE_NEWER = auto()
    FIGURE_DAMAGED = auto()
    GUIDE_NOT_WRITTEN = auto()

    # This machine
    PDF_NOT_PRINTED = auto()
    SEAL_FAILED = auto()
    SEAL_CERT_MISSING = auto()
    SEAL_REFUSED = auto()
    TSA_UNREACHABLE = auto()
    TSA_ANSWER_INVALID = auto()
    BROWSER_MISSING = auto()
    BROWSER_FAILED = auto()
    BROWSER_CLOSED = auto()
    SOFTHSM_MISSING = auto()
    SANDBOX_FAILED = auto()
    SANDBOX_UNREACHABLE = auto()
    MODULE_NOT_FOUND = auto()
    MODULE_WRONG_MACHINE = auto()
    MODULE_LOAD_FAILED = auto()
    MODULE_PATH_UNREADABLE = auto()
    MODULE_VARIABLE_MISSING = auto()

    # Token and PIN
    TOKEN_NOT_FOUND = auto()
    SERVICE_SESSION = auto()
    TOKEN_AMBIGUOUS = auto()
    TOKEN_GONE = auto()
    TOKEN_TIMEOUT = auto()
    TOKEN_ERROR = auto()
    TOKEN_NOT_READY = auto()
    PIN_INCORRECT = auto()
    PIN_LOCKED = auto()
    PIN_FINAL_TRY = auto()
    PIN_COUNT_LOW = auto()
    PIN_LENGTH = auto()
    PIN_CHARACTER = auto()
    PIN_NOT_ASCII = auto()
    PIN_REFUSED = auto()
    PINENTRY_MISSING = auto()
    PINENTRY_FAILED = auto()
    PIN_FAILED_BEFORE = auto()
    PIN_UNHEARD = auto()
    PIN_MEMORY_UNREADABLE = auto()
    LOGIN_NOT_OURS = auto()

    # Certificate
    CERT_NOT_FOUND = auto()
    CERT_SERIAL_NOT_FOUND = auto()
    CERT_EXPIRED = auto()
    CERT_NOT_YET_VALID = auto()
    CERT_MST_MISMATCH = auto()
    CERT_UNREADABLE = auto()
    CERT_KEY_MISSING = auto()
    CERT_KEY_UNSUPPORTED = auto()
    CERT_REVOKED = auto()
    CERT_UNTRUSTED = auto()
    CERT_KEY_USAGE = auto()
    CERT_REVOCATION_UNKNOWN = auto()
    CERT_REVOCATION_UNTIMELY = auto()
    CERT_KEY_MISMATCH = auto()

    # Signing agent
    REQUEST_NOT_OURS = auto()
    WINDOW_MISMATCH = auto()
    SIGNING_CANCELLED = auto()
    SIGNING_TIMEOUT = auto()
    SIGNING_NOT_REQUESTED = auto()
    SIGNING_PENDING = auto()
    PIN_TRY_USED = auto()
    WINDOWS_MUTED = auto()
    AGENT_PORT_TAKEN = auto()
    SIGNATURE_INVALID = auto()
    SIGNATURE_NOT_PASSED = auto()
    DOCUMENT_INVALID = auto()
    AGENT_FAILED = auto()
    SIGNER_UNSUPPORTED = auto()

    # The portal's own signing client
    CLIENT_MISSING = auto()
    CLIENT_REFUSED = auto()
    CLIENT_NO_TOKEN = auto()
    CLIENT_NO_LIST = auto()
    CLIENT_NO_KEY = auto()
    CLIENT_BUSY = auto()
    BROWSER_DATA_MISSING = auto()

    # Native windows
    DESKTOP_UNSUPPORTED = auto()
    DESKTOP_LOCKED = auto()
    DESKTOP_FAILED = auto()
    WINDOW_NOT_FOUND = auto()
    WINDOW_AMBIGUOUS = auto()
    WINDOW_FOREIGN = auto()
    WINDOW_CHANGED = auto()
    WINDOW_UNDRIVABLE = auto()
    WINDOW_DENIED = auto()
    WINDOW_HUNG = auto()
    WINDOW_GONE = auto()
    WINDOW_NOT_READY = auto()
    WINDOW_HIDDEN = auto()
    WINDOW_ROW_MISSING = auto()
    WINDOW_ROW_AMBIGUOUS = auto()
    WINDOW_PRESS_UNHEARD = auto()
    WINE_MISSING = auto()
    WINE_FAILED = auto()

    # Portal
    LOGIN_FAILED = auto()
    ACCOUNT_LOCKED = auto()
    CAPTCHA_FAILED = auto()
    CAPTCHA_TIMEOUT = auto()
    CAPTCHA_NO_TERMINAL = auto()
    UNIT_REQUIRED = auto()
    UNIT_UNKNOWN = auto()
    SESSION_EXPIRED = auto()
    PORTAL_UNREACHABLE = auto()
    PORTAL_ERROR = auto()
    PORTAL_TIMEOUT = auto()
    PORTAL_CHANGED = auto()
    ELEMENT_COVERED = auto()
    ELEMENT_NOT_READY = auto()
    ELEMENT_AMBIGUOUS = auto()
    SERIAL_UNREADABLE = auto()
    PORTAL_TLS = auto()
    CAPTCHA_PICTURE_MISSING = auto()
    PROBE_LIMIT = auto()
    PROBE_DIFFERENT = auto()
    FIGURE_MISMATCH = auto()
    REFERENCES_DAMAGED = auto()
    REVIEW_MISMATCH = auto()
    CONTACT_MISMATCH = auto()
    BOX_NOT_TICKED = auto()
    PORTAL_REJECTED = auto()
    SUBMISSION_UNKNOWN = auto()
    SUBMISSION_PENDING = auto()
    NOT_REGISTERED = auto()

    # Result by e-mail
    MAIL_UNREACHABLE = auto()
    MAIL_LOGIN_FAILED = auto()
    MAIL_FOLDER_MISSING = auto()
    MAIL_NOT_ARRIVED = auto()
    MAIL_SPOOFED = auto()
    MAIL_UNVERIFIED = auto()
    MAIL_REFUSED = auto()
    INTERRUPTED = auto()
    RUN_KILLED = auto()
    UNEXPECTED = auto()


class ChukysoError(Exception):
    """An error with a stable code.

    ``str(error)`` is ``[CODE] what happened. what to do.`` in Vietnamese, for the operator; ``detail`` is English, for
    the log.

    Args:
        code: Which error.
        detail: Technical detail in English. Never a secret.
        context: Values for the placeholders of the code's Vietnamese sentence.
    """

    ROBOT_SUPPRESS_NAME = True  # the code says more than the class name

    def __init__(self, code: Code, detail: str = "", **context: object) -> None:
        self.code = code
        self.detail = detail
        self.context = context
        super().__init__(f"[{code.name}] {self.happened} {code.value.action}")

    @property
    def happened(self) -> str:
        """The Vietnamese sentence with the context filled in."""
        return self.code.value.happened.format(**self.context)

    @property
    def message_by_hand(self) -> str:
        """What a person reads before the windows of a signing agent: what happened, and what to do there."""
        return f"{self.happened} {self.code.value.by_hand or self.code.value.action}"

    @property
    def outcome(self) -> Outcome:
        return self.code.value.outcome


def reason_in(message: str) -> str:
    """What happened, from the text of one of our errors, as a clause without code and advice: to follow a colon.

    Of any other text its first line.
    """
    found = re.match(r"\[([A-Z][A-Z0-9_]+)\] ", message)
    code = Code.__members__.get(found[1]) if found else None
    happened = message.partition("\n")[0]
    if found and code:
        happened = message[found.end() :].partition(code.value.action)[0]
        if code is Code.SUBMISSION_UNKNOWN:  # which is what it follows
            happened = happened.removeprefix(code.value.happened.partition("{reason}")[0])
    happened = happened.strip().rstrip(".")
    return happened[:1].lower() + happened[1:]
