"""Tokens for the rest of the product: list them, read their certificates, sign.

All PKCS#11 happens in a child process, which is started early, killed when it hangs and replaced when it died.
"""

from __future__ import annotations

import logging
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.pin.attempt import PinAttempt
from chukyso.pin.gate import refuse_risky_state
from chukyso.pin.memory import FailedPins
from chukyso.pin.stage import Stage
from chukyso.text import visible
from chukyso.token.child import Child
from chukyso.token.ckr import may_be_there
from chukyso.token.machine import check_machine_type
from chukyso.token.mechanisms import Scheme
from chukyso.token.model import SigningRecord, TokenCertificate, TokenContents, TokenInfo, UnreadableCertificate
from chukyso.token.not_found import token_not_found
from chukyso.token.signing_job import SigningJob
from chukyso.token.verification import scheme_of
from chukyso.worker.frames import Message

_LOG = logging.getLogger(__name__)


class TokenWorker:
    """One PKCS#11 module, served by a child process that is started when it is needed.

    Calls from several threads are served one after the other. No PIN is kept here.

    Args:
        module: File of the PKCS#11 module.
        environment: Added to the child's scrubbed environment, such as ``SOFTHSM2_CONF``; never a secret.
        timeout: Seconds for one request, including the start of the child where that is needed.
        pin_pad_timeout: The same for signing on a token whose PIN is entered on the device.
        failed_pins: Where it is remembered which PINs a token refused; by default this user's memory.
    """

    def __init__(
        self,
        module: Path,
        environment: Mapping[str, str] = MappingProxyType({}),
        timeout: float = 20,
        *,
        pin_pad_timeout: float = 120,
        failed_pins: FailedPins | None = None,
    ) -> None:
        self.module = module
        self.last_signing: SigningRecord | None = None
        self._environment = dict(environment)
        self._timeout = timeout
        self._pin_pad_timeout = pin_pad_timeout
        self._failed_pins = failed_pins or FailedPins()
        self._child: Child | None = None
        self._closed = False
        self._lock = threading.RLock()
        self._infos: dict[str, TokenInfo] = {}
        self._certificates: dict[str, list[TokenCertificate]] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin loading the module in a child process; returns at once, the first request waits for it.

        Raises:
            ChukysoError: ``MODULE_NOT_FOUND``, ``MODULE_WRONG_MACHINE``, ``MODULE_LOAD_FAILED``.
        """
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the child process; a request under way in another thread fails. The worker is not used again."""
        self._closed = True
        while not self._lock.acquire(timeout=0.05):
            child = self._child  # the request may be about to start it
            if child:
                child.kill()
        try:
            self._drop()
        finally:
            self._lock.release()

    def tokens(self) -> list[TokenInfo]:
        """All tokens that are plugged in, as they are now."""
        with self._broken_or_pulled():
            answer = self._ask({"operation": "tokens"})
        infos = [TokenInfo(**info) for info in answer["tokens"]]
        self._infos = {info.serial: info for info in infos}
        return infos

    def token(self, serial: str | None = None) -> TokenInfo:
        """The one token, or the one with this serial number.

        Raises:
            ChukysoError: ``TOKEN_NOT_FOUND`` (``SERVICE_SESSION`` where Windows shows none to anybody);
                ``TOKEN_AMBIGUOUS`` when more than one fits.
        """
        infos = self.tokens()
        wanted = visible(serial or "")
        matches = [info for info in infos if not wanted or info.serial == wanted]
        serials = ", ".join(sorted(info.serial for info in infos))
        if not matches:
            self._forget()
            raise token_not_found(wanted, f"module {self.module}; plugged in: {serials or 'none'}")
        if len(matches) > 1:
            raise ChukysoError(Code.TOKEN_AMBIGUOUS, f"module {self.module}", count=len(matches), serials=serials)
        return matches[0]

    def contents(self, token_serial: str) -> TokenContents:
        """All X.509 certificates of a token, read without login, those that cannot be read or used as well.

        Raises:
            ChukysoError: ``TOKEN_GONE`` when the token is not there.
        """
        with self._broken_or_pulled(token_serial):
            answer = self._ask({"operation": "certificates", "token": token_serial})
        keys = set(answer["keys"])
        found: list[TokenCertificate] = []
        unreadable: list[UnreadableCertificate] = []
        for entry in answer["certificates"]:
            der, key_id, label = b64decode(entry["value"]), bytes.fromhex(entry["id"]), entry["label"]
            try:
                certificate = Certificate.from_der(der)
            except ChukysoError as error:
                _LOG.info("token %s: certificate %r: %s", token_serial, label, error.detail)
                unreadable.append(UnreadableCertificate(der, key_id, label, error))
                continue
            has_key = bool(key_id) and (not keys or entry["id"] in keys)
            found.append(TokenCertificate(certificate, key_id, has_key, label))
        self._certificates[token_serial] = found
        return TokenContents(tuple(found), tuple(unreadable))

    def certificates(self, token_serial: str) -> list[TokenCertificate]:
        """As ``contents``, without those that cannot be read or used, unless there is no other.

        Raises:
            ChukysoError: ``TOKEN_GONE``; ``CERT_UNREADABLE``, ``CERT_KEY_UNSUPPORTED``.
        """
        contents = self.contents(token_serial)
        if contents.unreadable and not contents.certificates:
            raise contents.unreadable[0].error
        return list(contents.certificates)

    def sign(
        self,
        token_serial: str,
        key_id: bytes,
        data: bytes,
        pin: str,
        *,
        unattended: bool = True,
        certificate: Certificate | None = None,
        scheme: Scheme | None = None,
    ) -> bytes:
        """Log in once, sign, log out, and verify the signature. There is no second try.

        The token's flags are read before and after, see ``last_signing``. Before the login the token must still be the
        one with the certificate that was read from it.

        Args:
            token_serial: Which token.
            key_id: ``CKA_ID`` of certificate and private key.
            data: The data itself, not its hash.
            pin: The user PIN; not looked at on a token with a PIN pad.
            unattended: Nobody watches: refuse also a token that saw a wrong PIN before.
            certificate: Whose key must sign; by default the one with this ``key_id``.
            scheme: How; by default ``verification.scheme_of`` the certificate.

        Returns:
            The signature, for EC as raw ``r || s``.

        Raises:
            ChukysoError: ``PIN_…`` and ``TOKEN_…`` codes, ``LOGIN_NOT_OURS``, ``SIGNING_CANCELLED`` (PIN pad),
                ``CERT_KEY_MISSING``, ``CERT_KEY_UNSUPPORTED``, ``CERT_KEY_MISMATCH``, ``SIGNATURE_INVALID``;
                ``DOCUMENT_INVALID`` for no data.
        """
        owner = certificate or self._owner(token_serial, key_id)
        job = SigningJob(key_id, owner, scheme or scheme_of(owner), (data,), unattended=unattended)
        return self._sign(token_serial, job, pin)[0]

    def sign_many(
        self,
        token_serial: str,
        key_id: bytes,
        data: Sequence[bytes],
        pin: str,
        *,
        unattended: bool = True,
        certificate: Certificate | None = None,
        scheme: Scheme | None = None,
    ) -> list[bytes]:
        """Sign several pieces of data with one login and one session for each. All signatures come back, or none.

        A key that always authenticates gets the same PIN before each signature; on a token with a PIN pad its holder
        enters it for each. The first refusal ends it.

        Args:
            token_serial: Which token.
            key_id: ``CKA_ID`` of certificate and private key.
            data: What to sign, together not more than ``MAX_DATA`` bytes.
            pin: As for ``sign``.
            unattended: As for ``sign``.
            certificate: As for ``sign``.
            scheme: As for ``sign``.

        Raises:
            ChukysoError: As ``sign``.
        """
        owner = certificate or self._owner(token_serial, key_id)
        job = SigningJob(key_id, owner, scheme or scheme_of(owner), tuple(data), unattended=unattended)
        return self._sign(token_serial, job, pin)

    def _sign(self, token_serial: str, job: SigningJob, pin: str) -> list[bytes]:
        """The only way to a login: every kind of signature comes through here, and so does every check of the PIN."""
        job.check()
        info = self._known(token_serial)
        given = "" if info.pin_pad else pin
        request: Message = {**job.request(), "token": token_serial, "pin": given}
        seconds = job.seconds(self._pin_pad_timeout if info.pin_pad else self._timeout, each=info.pin_pad)
        with self._lock:
            self.refuse_known_wrong(token_serial, given, unattended=job.unattended)
            if job.unattended and given:
                self._check_budget(token_serial)
            attempt = PinAttempt(self._failed_pins, token_serial, given, seconds, unattended=job.unattended)
            with self._broken_or_pulled(token_serial), attempt:
                answer = self._ask(request, seconds, attempt.stage_reached)
        self.last_signing = _record(answer)
        return job.verified([b64decode(signature) for signature in answer["signatures"]])

    def refuse_known_wrong(self, token_serial: str, pin: str, *, unattended: bool = True) -> None:
        """Refuse a PIN that this token refused before; it is asked by ``sign`` too, right before the login.

        Args:
            token_serial: Which token.
            pin: The PIN; "" for none, which is refused nowhere here.
            unattended: Nobody watches: refuse every PIN, when nobody heard what the token said to the last one.

        Raises:
            ChukysoError: ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``, ``PIN_MEMORY_UNREADABLE``.
        """
        if pin:
            self._failed_pins.check(token_serial, pin, unattended=unattended)

    def _check_budget(self, token_serial: str) -> None:
        """Refuse a second try that nobody watches, whatever the PIN. Not every token says that it saw a wrong one."""
        if self._failed_pins.spent(token_serial):
            refuse_risky_state(self.token(token_serial), unattended=True)  # what the token says is worse or the same
            raise ChukysoError(Code.PIN_COUNT_LOW, f"token {token_serial} refused a PIN in this process; no login")

    @contextmanager
    def _broken_or_pulled(self, token_serial: str = "") -> Iterator[None]:
        """Within it a broken token is not called a pulled one, nor a broken driver where no token is meant."""
        try:
            yield
        except ChukysoError as error:
            if not may_be_there(error) or (token_serial and not self._is_there(token_serial)):
                raise
            raise ChukysoError(Code.TOKEN_ERROR, f"{error.detail}; not pulled", **error.context) from None

    def _is_there(self, token_serial: str) -> bool:
        """Look with a new process: what the old one remembers says nothing."""
        try:
            return token_serial in {info.serial for info in self.tokens()}
        except ChukysoError:
            return False  # the reader went with its token, as that of a USB token does

    def _known(self, token_serial: str) -> TokenInfo:
        """What was last read of a token; good enough to tell how its PIN is entered, not for its PIN state."""
        if token_serial not in self._infos:
            self.tokens()
        if token_serial not in self._infos:
            self._forget()
            raise ChukysoError(Code.TOKEN_GONE, f"no token with serial number {token_serial!r} any more")
        return self._infos[token_serial]

    def _owner(self, token_serial: str, key_id: bytes) -> Certificate:
        """The certificate that a signature with this key must verify with."""
        known = self._certificates.get(token_serial)
        if known is None:
            known = self.certificates(token_serial)
        owners = [found.certificate for found in known if found.key_id == key_id]
        if not owners:
            raise ChukysoError(Code.CERT_KEY_MISSING, "no certificate has this CKA_ID", serial=key_id.hex())
        if len({owner.public_key_der() for owner in owners}) > 1:
            raise ChukysoError(
                Code.CERT_KEY_UNSUPPORTED,
                f"{len(owners)} certificates of different keys share CKA_ID {key_id.hex()}",
                serial=owners[0].serial,
                reason="có nhiều chứng thư số cùng CKA_ID",
            )
        return owners[0]

    def _ask(
        self, request: Message, seconds: float | None = None, stage_reached: Callable[[Stage], None] = lambda _: None
    ) -> Message:
        with self._lock:
            child = self._running()
            # Whatever goes wrong, nothing of what that child knew is trusted afterwards. Nor does a child that was
            # given a PIN live on.
            keep = False
            try:
                answer = child.ask(request, seconds or self._timeout, stage_reached)
                keep = request["operation"] != "sign"
            except ChukysoError as error:
                _LOG.info("token worker: %s: %s %s", request["operation"], error.code.name, error.detail)
                self._infos, self._certificates = {}, {}
                raise
            finally:
                if not keep:
                    self._drop()
            return answer

    def _running(self) -> Child:
        if self._closed:
            raise ChukysoError(Code.TOKEN_ERROR, "the token worker was closed", ckr="WORKER_CLOSED")
        if self._child is not None and self._child.ended:
            self._drop()
        if self._child is None:
            check_machine_type(self.module)
            self._child = Child(self.module, self._environment, self._timeout)
        return self._child

    def _forget(self) -> None:
        """Nothing holds that was read before: the next request looks with a new process, as some modules never do."""
        with self._lock:
            self._infos, self._certificates = {}, {}
            self._drop()

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _record(answer: Message) -> SigningRecord:
    after = answer["after"]
    record = SigningRecord(
        answer["mechanism"], TokenInfo(**answer["before"]), TokenInfo(**after) if after is not None else None
    )
    _LOG.info(
        "token %s: signed with %s; PIN state %s before, %s after",
        record.before.serial,
        record.mechanism,
        record.before.pin_state,
        record.after.pin_state if record.after else "unknown",
    )
    return record
