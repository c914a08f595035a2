"""Tokens for the rest of the product: list them, read their certificates, sign.

All PKCS#11 happens in a child process, which is started early, killed when it hangs and replaced when it died.
"""

from __future__ import annotations

import logging
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from chukyso.certificate import Certificate, KeyKind
from chukyso.errors import ChukysoError, Code
from chukyso.token.child import Child
from chukyso.token.machine import check_machine_type
from chukyso.token.model import SigningRecord, TokenCertificate, TokenInfo
from chukyso.token.protocol import Message
from chukyso.token.verification import verify_signature

_LOG = logging.getLogger(__name__)
_P256_BITS = 256


class TokenWorker:
    """One PKCS#11 module, served by a child process that is started when it is needed.

    Calls from several threads are served one after the other. No PIN is kept here.

    Args:
        module: File of the PKCS#11 module.
        environment: Added to the child's scrubbed environment, such as ``SOFTHSM2_CONF``; never a secret.
        timeout: Seconds for one request, including the start of the child where that is needed.
        pin_pad_timeout: The same for signing on a token whose PIN is entered on the device.
    """

    def __init__(
        self,
        module: Path,
        environment: Mapping[str, str] = MappingProxyType({}),
        timeout: float = 20,
        *,
        pin_pad_timeout: float = 120,
    ) -> None:
        self.module = module
        self.last_signing: SigningRecord | None = None
        self._environment = dict(environment)
        self._timeout = timeout
        self._pin_pad_timeout = pin_pad_timeout
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
        child = self._child
        idle = self._lock.acquire(blocking=False)
        if not idle:
            if child:
                child.kill()
            self._lock.acquire()
        try:
            self._drop()
        finally:
            self._lock.release()

    def tokens(self) -> list[TokenInfo]:
        """All tokens that are plugged in, as they are now."""
        answer = self._ask({"operation": "tokens"})
        infos = [TokenInfo(**info) for info in answer["tokens"]]
        self._infos = {info.serial: info for info in infos}
        return infos

    def token(self, serial: str | None = None) -> TokenInfo:
        """The one token, or the one with this serial number.

        Raises:
            ChukysoError: ``TOKEN_NOT_FOUND``; ``TOKEN_AMBIGUOUS`` when more than one fits.
        """
        infos = self.tokens()
        wanted = (serial or "").strip()
        matches = [info for info in infos if not wanted or info.serial == wanted]
        serials = ", ".join(info.serial for info in infos)
        if not matches:
            # The sentence reads "không tìm thấy token nào" when there is none at all.
            raise ChukysoError(Code.TOKEN_NOT_FOUND, f"plugged in: {serials or 'none'}", serial=wanted or "nào")
        if len(matches) > 1:
            raise ChukysoError(Code.TOKEN_AMBIGUOUS, f"module {self.module}", count=len(matches), serials=serials)
        return matches[0]

    def certificates(self, token_serial: str) -> list[TokenCertificate]:
        """All X.509 certificates of a token, read without login, in the token's order.

        A certificate that cannot be parsed is left out and logged, unless there is no other.

        Raises:
            ChukysoError: ``TOKEN_GONE`` when the token is not there; ``CERT_UNREADABLE``, ``CERT_KEY_UNSUPPORTED``.
        """
        answer = self._ask({"operation": "certificates", "token": token_serial})
        keys = set(answer["keys"])
        found: list[TokenCertificate] = []
        refused: ChukysoError | None = None
        for entry in answer["certificates"]:
            try:
                certificate = Certificate.from_der(b64decode(entry["value"]))
            except ChukysoError as error:
                _LOG.warning("token %s: certificate %r: %s", token_serial, entry["label"], error.detail)
                refused = refused or error
                continue
            has_key = bool(entry["id"]) and (not keys or entry["id"] in keys)
            found.append(TokenCertificate(certificate, bytes.fromhex(entry["id"]), has_key, entry["label"]))
        if refused and not found:
            raise refused
        self._certificates[token_serial] = found
        return found

    def sign(
        self,
        token_serial: str,
        key_id: bytes,
        data: bytes,
        pin: str,
        *,
        unattended: bool = True,
        certificate: Certificate | None = None,
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

        Returns:
            RSA PKCS#1 v1.5 over SHA-256, or for EC P-256 ECDSA over SHA-256 as raw ``r || s``.

        Raises:
            ChukysoError: ``PIN_…`` and ``TOKEN_…`` codes, ``LOGIN_NOT_OURS``, ``SIGNING_CANCELLED`` (PIN pad),
                ``CERT_KEY_MISSING``, ``CERT_KEY_UNSUPPORTED``, ``SIGNATURE_INVALID``; ``DOCUMENT_INVALID`` for no data.
        """
        if not data:
            raise ChukysoError(Code.DOCUMENT_INVALID, "nothing to sign", reason="không có nội dung để ký")
        owner = certificate or self._owner(token_serial, key_id)
        _check_key(owner)
        info = self._known(token_serial)
        answer = self._ask(
            {
                "operation": "sign",
                "token": token_serial,
                "key": key_id.hex(),
                "certificate": b64encode(owner.der).decode("ascii"),
                "serial": owner.serial,
                "data": b64encode(data).decode("ascii"),
                "pin": "" if info.pin_pad else pin,
                "unattended": unattended,
            },
            self._pin_pad_timeout if info.pin_pad else self._timeout,
        )
        self.last_signing = _record(answer)
        signature = b64decode(answer["signature"])
        verify_signature(owner, data, signature)
        return signature

    def _known(self, token_serial: str) -> TokenInfo:
        """What was last read of a token; good enough to tell how its PIN is entered, not for its PIN state."""
        if token_serial not in self._infos:
            self.tokens()
        if token_serial not in self._infos:
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

    def _ask(self, request: Message, seconds: float | None = None) -> Message:
        with self._lock:
            child = self._running()
            # Whatever goes wrong, nothing of what that child knew is trusted afterwards. Nor does a child that was
            # given a PIN live on.
            keep = False
            try:
                answer = child.ask(request, seconds or self._timeout)
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

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _check_key(certificate: Certificate) -> None:
    # Other curves need another hash; better said before the login than by the token.
    if certificate.key_kind is KeyKind.EC and certificate.key_bits != _P256_BITS:
        raise ChukysoError(
            Code.CERT_KEY_UNSUPPORTED,
            "only P-256",
            serial=certificate.serial,
            reason=f"đường cong {certificate.key_bits} bit",
        )


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
