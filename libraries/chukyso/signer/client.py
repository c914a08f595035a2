"""The portal's own signing client as the signer of a run: a browser extension, a program, and their native windows.

The run does not see what is signed and does not sign. It compares the window's certificate with the token and the form,
chooses it by its serial, and gives the PIN once, to the one window whose program, class and title the profile knows.
What the browser then posts is the signed document. docs/signing-client.md says what this cannot promise.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from chukyso.agent.core.operation import SignedResult
from chukyso.certificate import Certificate, NotASerialError, read_serial
from chukyso.desktop.client import FIND_SECONDS, Desktop
from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState, pass_pin_gate, refuse_risky_state
from chukyso.pin.memory import FailedPins
from chukyso.portal.document import Expected
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.verify import check_signature
from chukyso.signer.client_windows import ClientWindows
from chukyso.signer.native_window import NativeWindow
from chukyso.signer.protocol import Posts, SigningRequest, WindowKind
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenCertificate, TokenInfo

_LOOK_SECONDS: Final = 0.4
_ANSWER_SECONDS: Final = 60.0
_PERSON_SECONDS: Final = 180.0
_WRONG: Final = "‼ ĐANG CHỌN SAI CHỨNG THƯ SỐ: đừng bấm OK, hãy chọn lại dòng có số {}."
_PERSON: Final = "👉 {} Tự bấm nút trong cửa sổ đó; chương trình chỉ xem, chụp và đối chiếu."


@dataclass(frozen=True)
class ClientRequest:
    """See ``SigningRequest``: the client's window came. The document is not seen."""

    origin: str
    certificate: Certificate = field(repr=False)
    token: TokenInfo = field(repr=False)
    received: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    document: bytes = b""
    document_type: str = ""
    sha256: str = ""


class ClientSigner:
    """See ``signer.protocol.Signer``.

    Args:
        origin: Address of the portal.
        windows: The client's windows.
        desktop: The windows of the session.
        token: The worker of the open token, by which certificate and state of the PIN are read.
        token_serial: Which token.
        posts: What the page sends and says.
        told: Called with a Vietnamese line for the person.
        pin_by_person: A person types the PIN into the window and presses its button.
        by_operator: A person presses every button.
        seconds: How long a window is waited for.
        pins: The memory of refused PINs; by default this user's.
    """

    kind: Literal["agent", "client"] = "client"
    sees_document = False

    def __init__(
        self,
        *,
        origin: str,
        windows: ClientWindows,
        desktop: Desktop,
        token: TokenWorker,
        token_serial: str,
        posts: Posts,
        told: Callable[[str], object],
        pin_by_person: bool = False,
        by_operator: bool = False,
        seconds: float = FIND_SECONDS,
        pins: FailedPins | None = None,
    ) -> None:
        self._origin = origin
        self._windows = windows
        self._desktop = desktop
        self._token = token
        self._serial = token_serial
        self._posts = posts
        self._told = told
        self._pin_by_person = pin_by_person or by_operator
        self._by_operator = by_operator
        self._seconds = seconds
        self._pins = pins or FailedPins()
        self._offered: TokenCertificate | None = None
        self._request: ClientRequest | None = None
        self._open: NativeWindow | None = None
        self._before: TokenInfo | None = None
        self._pin = ""  # only between the window's field and its button: the memory of tries needs it
        self._released = False
        self._may_sign = False  # the last button was pressed, or a person may have pressed it
        self._hidden_since: float | None = None
        self._log: list[str] = []

    @property
    def person_may_be_faster(self) -> bool:
        """See ``Signer``."""
        return self._pin_by_person

    @property
    def log(self) -> list[str]:
        """See ``Signer``."""
        return self._log

    def start(self) -> str:
        """See ``Signer``: the page finds its extension by itself.

        Raises:
            ChukysoError: ``DESKTOP_LOCKED`` when nobody could press a window; what reaching the session raises.
        """
        self._desktop.require_usable()
        return ""

    def stop(self) -> None:
        """See ``Signer``. A window that is still open is cancelled, unless its button was pressed."""
        try:
            if self._open is not None and not self._may_sign:
                self._cancel_quietly()
        finally:
            self._pin = ""
            self._desktop.close_worker()

    def offer(self, certificate: TokenCertificate) -> None:
        """See ``Signer``: this one is chosen in the client's window; the page asks for it when it wants to sign."""
        self._offered = certificate
        self._posts.watch()

    def wait_for_request(self, seconds: float) -> SigningRequest | None:
        """See ``Signer``: the request is the client's window with the certificates.

        Raises:
            ChukysoError: ``WINDOW_FOREIGN``, ``WINDOW_AMBIGUOUS``, ``WINDOW_UNDRIVABLE``, ``WINDOW_CHANGED``.
        """
        offered = self._entry
        try:
            self._desktop.find_one_of([one.rule for one in self._windows.certificate], seconds)
        except ChukysoError as error:
            if error.code is not Code.WINDOW_NOT_FOUND or self._hidden_for_long(error):
                raise
            return None
        token = self._token.token(self._serial)
        self._request = ClientRequest(self._origin, offered.certificate, token, datetime.now(UTC))
        return self._request

    def check(self, expected: Expected, document_type: str | None = None) -> None:  # noqa: ARG002 - it is not seen
        """See ``Signer``: the document is not seen; that the certificate is the expected one can be said.

        Raises:
            ChukysoError: ``REQUEST_NOT_OURS``.
        """
        found = self._entry.certificate.serial
        if found != expected.certificate_serial:
            reason = f"số chứng thư số là {found}, không phải {expected.certificate_serial}"
            raise ChukysoError(Code.REQUEST_NOT_OURS, reason=reason)

    def approve(self) -> None:
        """See ``Signer``.

        Raises:
            ChukysoError: ``PIN_LOCKED``, ``PIN_FINAL_TRY``, ``PIN_COUNT_LOW``, ``TOKEN_NOT_FOUND``, ``TOKEN_GONE``.
        """
        info = self._token.token(self._serial)
        refuse_risky_state(info, unattended=not self._pin_by_person)
        self._before = info

    def window(self, kind: WindowKind) -> NativeWindow:
        """See ``Signer``."""
        known = self._windows.certificate if kind is WindowKind.CERTIFICATE else self._windows.pin
        window = NativeWindow(
            kind,
            desktop=self._desktop,
            known=known,
            serial=self._entry.certificate.serial,
            seconds=self._seconds,
            explain=self._raise_what_ended_it,
            press=self._press_ok if kind is WindowKind.CERTIFICATE else self._press_last,
        )
        self._open = window
        return window

    def enter_pin(self, pin: str | None) -> None:
        """See ``Signer``: the PIN goes into the window's field, once; its button is not pressed. A person types it.

        Raises:
            ChukysoError: ``PIN_CHARACTER``, ``PIN_NOT_ASCII``, ``PIN_LENGTH``, ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``;
                what is wrong with the window.
        """
        if pin is None or self._pin_by_person:
            return
        pass_pin_gate(self._token, self._known_token, pin)
        self._pin = pin
        self._window.put_pin(pin)

    def release(self) -> None:
        """See ``Signer``: ``submitting`` is on disk. The try of the PIN is written down, too.

        Raises:
            ChukysoError: ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``, ``PIN_MEMORY_UNREADABLE``.
        """
        if self._pin:
            self._pins.begin(self._serial, self._pin, _ANSWER_SECONDS)
        self._released = True
        if not self._pin:
            self._told(_PERSON.format("Nhập mã PIN vào cửa sổ vừa hiện rồi bấm nút đồng ý."))

    def result(self, seconds: float | None = None) -> SignedResult:
        """See ``Signer``: what the browser posted.

        Raises:
            ChukysoError: ``PIN_INCORRECT``, ``PIN_LOCKED``, ``SIGNING_CANCELLED``, ``CLIENT_…`` with what client or
                page said; ``SIGNING_PENDING`` when nothing came in time.
        """
        wait = _ANSWER_SECONDS if seconds is None else seconds
        end = time.monotonic() + wait
        while True:
            document = self._posts.signed_document()
            if document is not None:
                self._settle(self._pins.accepted)
                return self._posted(document)
            self._raise_what_ended_it()
            if time.monotonic() >= end:
                raise ChukysoError(Code.SIGNING_PENDING, "nothing was posted", seconds=f"{wait:g}")
            time.sleep(_LOOK_SECONDS)

    def give_up(self) -> bool:
        """See ``Signer``: certain while nobody can have pressed the last button, or when page or token say no."""
        if not self._may_sign:
            self._settle(self._pins.withdraw)
            self._cancel_quietly()
            return True
        if self._posts.signed_document() is not None:
            self._settle(self._pins.accepted)
            return False
        try:
            self._raise_what_ended_it()
        except ChukysoError as error:
            self._log.append(f"nothing was signed: {error.code.name} {error.detail}")
            self._cancel_quietly()
            return self._posts.signed_document() is None
        self._settle(self._pins.unheard)
        return False

    def _hidden_for_long(self, missing: ChukysoError) -> bool:
        """Whether the window has been there, hidden, as long as one waits."""
        if not missing.context["hidden"]:
            self._hidden_since = None
            return False
        self._hidden_since = self._hidden_since or time.monotonic()
        return time.monotonic() - self._hidden_since >= self._seconds

    @property
    def _entry(self) -> TokenCertificate:
        if self._offered is None:
            raise ChukysoError(Code.UNEXPECTED, "no certificate was offered")
        return self._offered

    @property
    def _window(self) -> NativeWindow:
        if self._open is None:
            raise ChukysoError(Code.UNEXPECTED, "no window is open")
        return self._open

    @property
    def _known_token(self) -> TokenInfo:
        if self._before is None:
            raise ChukysoError(Code.UNEXPECTED, "the request was not approved")
        return self._before

    def _press_ok(self, window: NativeWindow) -> None:
        """The certificate's window: pressed; or by a person, who is told when another row is chosen."""
        self._may_sign = self._pin_by_person  # whoever presses the last button may be faster than any look at it
        if not self._by_operator:
            window.press_accept()
            return
        self._told(_PERSON.format(f"Chứng thư số {self._entry.certificate.serial} đã được chọn."))
        wrong, end = "", time.monotonic() + _PERSON_SECONDS
        while not window.wait_until_gone(_LOOK_SECONDS):
            before, wrong = wrong, self._wrong_choice(window, wrong)
            if wrong and wrong != before:
                self._told(_WRONG.format(self._entry.certificate.serial))
            self._refuse_late(window, end)
        if wrong:
            self._cancel_pin_window()
            expected = self._entry.certificate.serial
            raise ChukysoError(Code.WINDOW_MISMATCH, "a person accepted it", found=wrong, expected=expected)

    def _wrong_choice(self, window: NativeWindow, before: str) -> str:
        """The serial of another row that is chosen; "" for the right one; as before when that cannot be seen."""
        try:
            shown = read_serial(window.read().serial)
        except (ChukysoError, NotASerialError):  # it is going, or no row is chosen for a moment
            return before
        return "" if shown == self._entry.certificate.serial else shown

    def _press_last(self, window: NativeWindow) -> None:
        if not self._released:
            raise ChukysoError(Code.UNEXPECTED, "the last button, before submitting was on disk")
        self._may_sign = True
        if self._pin:
            window.press_accept()
            return
        end = time.monotonic() + _PERSON_SECONDS
        while not window.wait_until_gone(_LOOK_SECONDS):
            self._refuse_late(window, end)

    def _refuse_late(self, window: NativeWindow, end: float) -> None:
        if time.monotonic() >= end:
            raise ChukysoError(Code.SIGNING_TIMEOUT, f"window {window.kind}", seconds=f"{_PERSON_SECONDS:g}")

    def _cancel_pin_window(self) -> None:
        """Of a certificate that a person should not have accepted."""
        window = self.window(WindowKind.PIN)
        try:
            window.open()
        except ChukysoError as error:
            self._log.append(f"no PIN window to cancel: {error.code.name} {error.detail}")
        else:
            self._cancel_quietly()

    def _posted(self, document: bytes) -> SignedResult:
        """What was sent is kept whatever it is worth: the evidence says of its signature what was found."""
        try:
            found = check_signature(document)
        except SignatureRefused as error:
            self._log.append(f"what the page sent has no signature that can be verified here: {error}")
            return SignedResult(document, self._entry.certificate, datetime.now(UTC))
        return SignedResult(document, found.certificate, found.signing_time or datetime.now(UTC))

    def _raise_what_ended_it(self) -> None:
        """Raise what token, client or page say; do nothing while they say nothing."""
        self._raise_what_token_says()
        said = self._said_by_client()
        error = self._posts.meaning(said) if said else self._posts.error(submitted=self._may_sign)
        if error is not None:
            wrong = error.code in (Code.PIN_INCORRECT, Code.PIN_LOCKED)
            self._settle(self._remember if wrong else self._pins.withdraw)
            raise error

    def _raise_what_token_says(self) -> None:
        if not self._may_sign:
            return
        try:
            now = self._token.token(self._serial).pin_state
        except ChukysoError as error:  # pulled, or just being written: what it will say is open
            self._log.append(f"the token says nothing: {error.code.name} {error.detail}")
            return
        before = self._known_token.pin_state
        worse = list(PinState).index(now) > list(PinState).index(before)
        if not worse:
            return
        self._settle(self._remember)
        code = Code.PIN_LOCKED if now is PinState.LOCKED else Code.PIN_INCORRECT
        raise ChukysoError(code, f"token {self._serial}: {before} before, {now} after the client had the PIN")

    def _said_by_client(self) -> str:
        """What a message window of client or token says; "" when there is none."""
        if not self._windows.message:
            return ""
        try:
            found = self._desktop.find_one_of([one.rule for one in self._windows.message], 0)
        except ChukysoError as error:
            if error.code is Code.WINDOW_NOT_FOUND:
                return ""
            raise
        texts = [control.text for control in found.window.controls if control.visible and control.text]
        return " ".join(" ".join(texts).split()) or found.window.title

    def _settle(self, how: Callable[[str], None]) -> None:
        """Write down what became of the try of the PIN; once."""
        if self._pin and self._released:
            how(self._serial)
        self._pin = ""

    def _remember(self, serial: str) -> None:
        self._pins.remember(serial, self._pin)

    def _cancel_quietly(self) -> None:
        try:
            if self._open is not None and self._open.seen is not None:
                self._open.cancel()
        except ChukysoError as error:  # it is gone, or somebody closed it
            self._log.append(f"not cancelled: {error.code.name} {error.detail}")
