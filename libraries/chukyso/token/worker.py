"""The child process that talks to the token: ``python -m chukyso.token.worker MODULE SECONDS [QUIRK …]``.

One thread, one request at a time over stdin and stdout (``chukyso.worker``). It loads the module at once, says
``{"ready": true}`` or what went wrong, and then answers requests until its stdin ends. After an attempt to sign it ends
by itself: PyKCS11 leaves copies of the PIN in memory, and they go with the process.

Imports nothing but the standard library, PyKCS11 and our own modules that keep to the same rule.
"""

from __future__ import annotations

import atexit
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import asdict

from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState, refuse_impossible_pin, refuse_risky_state
from chukyso.pin.stage import Stage
from chukyso.token import pkcs11
from chukyso.token.mechanisms import Family, HashAlgorithm, Plan, Scheme, choose_plan
from chukyso.token.model import Quirk, TokenInfo
from chukyso.worker.frames import BrokenFrameError, Message, write_frame
from chukyso.worker.serving import reported, serve, take_pipes, unwatch, watch

_LOGIN_ANSWERS = {Code.PIN_INCORRECT, Code.PIN_LENGTH, Code.PIN_REFUSED, Code.TOKEN_ERROR, Code.TOKEN_GONE}


class Operations:
    """What the parent may ask for.

    Args:
        module: The loaded module.
        tell: Called with how far signing is.
    """

    def __init__(self, module: pkcs11.Module, tell: Callable[[Stage], None]) -> None:
        self._module = module
        self._tell = tell

    def answer(self, request: Message) -> Message:
        """Carry one request out.

        Raises:
            ChukysoError: Whatever went wrong, typed.
        """
        match request["operation"]:
            case "tokens":
                return {"tokens": [asdict(info) for info in self._tokens()]}
            case "certificates":
                return self._certificates(request["token"])
            case "sign":
                return self._sign(request)
            case other:
                raise ChukysoError(Code.UNEXPECTED, f"no operation {other!r}")

    def _tokens(self) -> list[TokenInfo]:
        found = []
        for slot in self._module.slots():
            try:
                info = self._module.token_info(slot)
            except ChukysoError as error:
                if error.code is not Code.TOKEN_GONE:
                    raise
                # A card of another kind, or one pulled this moment, says nothing about the other slots.
                sys.stderr.write(f"slot {slot}: {error.detail}\n")
                continue
            if not info.empty_slot:
                found.append(info)
        return found

    def _token(self, serial: str) -> TokenInfo:
        matches = [info for info in self._tokens() if info.serial == serial]
        if not matches:
            raise ChukysoError(Code.TOKEN_GONE, f"no token with serial number {serial!r} any more")
        if len(matches) > 1:
            raise ChukysoError(Code.TOKEN_AMBIGUOUS, "equal serial numbers", count=len(matches), serials=serial)
        return matches[0]

    def _certificates(self, serial: str) -> Message:
        with self._module.session(self._token(serial).slot) as session:
            certificates = [
                {
                    "id": session.attribute(handle, pkcs11.CKA_ID).hex(),
                    "label": session.attribute(handle, pkcs11.CKA_LABEL).rstrip(b"\0 ").decode("utf-8", "replace"),
                    "value": _encode(_certificate(session, handle)),
                }
                for handle in session.find((pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE))
                if session.number(handle, pkcs11.CKA_CERTIFICATE_TYPE) == pkcs11.CKC_X_509
            ]
            keys = [
                session.attribute(handle, pkcs11.CKA_ID).hex()
                for kind in (pkcs11.CKO_PUBLIC_KEY, pkcs11.CKO_PRIVATE_KEY)
                for handle in session.find((pkcs11.CKA_CLASS, kind))
            ]
        return {"certificates": certificates, "keys": keys}

    def _sign(self, request: Message) -> Message:
        pin: str = request["pin"]
        before = self._token(request["token"])
        refuse_risky_state(before, unattended=request["unattended"])
        refuse_impossible_pin(before, pin)
        secret = None if before.pin_pad else pin.encode()
        with self._module.session(before.slot) as session:
            self._check_certificate(session, request)
            _check_public_key(session, request)
            self._tell(Stage.LOGGING_IN)
            self._log_in(session, before, pkcs11.CKU_USER, secret)
            self._tell(Stage.LOGGED_IN)
            try:
                plan, signatures = self._sign_logged_in(session, before, secret, request)
            finally:
                session.log_out()
        return {
            "signatures": [_encode(signature) for signature in signatures],
            "mechanism": plan.name,
            "before": asdict(before),
            "after": self._after(before),
        }

    def _check_certificate(self, session: pkcs11.Session, request: Message) -> None:
        """Refuse a token that was swapped since its certificates were read, before the PIN is spent on it."""
        expected = b64decode(request["certificate"])
        found = session.find((pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE), (pkcs11.CKA_ID, bytes.fromhex(request["key"])))
        if not any(_certificate(session, handle) == expected for handle in found):
            raise ChukysoError(Code.TOKEN_GONE, "the certificate is no longer on the token; no login was attempted")

    def _log_in(self, session: pkcs11.Session, info: TokenInfo, user: int, pin: bytes | None) -> None:
        """One try. The try that locks a token answers ``CKR_PIN_INCORRECT``, so the flags are read again."""
        try:
            session.log_in(user, pin, serial=info.serial)
        except ChukysoError as error:
            raise self._explained(error, info) from None

    def _explained(self, error: ChukysoError, info: TokenInfo) -> ChukysoError:
        try:
            after = self._module.token_info(info.slot)
        except ChukysoError as unreadable:
            error.detail += f"; flags after: {unreadable.detail}"
            return error
        error.detail += f"; PIN state {info.pin_state} before, {after.pin_state} after"
        if after.pin_state is PinState.LOCKED and error.code in _LOGIN_ANSWERS:
            return ChukysoError(Code.PIN_LOCKED, error.detail, **error.context)
        return error

    def _sign_logged_in(
        self, session: pkcs11.Session, info: TokenInfo, pin: bytes | None, request: Message
    ) -> tuple[Plan, list[bytes]]:
        """Sign everything, in a session of its own each: what one leaves behind must not reach the next."""
        key = _private_key(session, bytes.fromhex(request["key"]), request["serial"])
        plan = choose_plan(
            session.number(key, pkcs11.CKA_KEY_TYPE),
            self._module.mechanisms(info.slot),
            Scheme(Family(request["family"]), HashAlgorithm(request["hash"])),
            serial=request["serial"],
        )
        _check_modulus(session, key, request)

        def authenticate(own: pkcs11.Session) -> None:
            self._log_in(own, info, pkcs11.CKU_CONTEXT_SPECIFIC, pin)

        always = authenticate if session.number(key, pkcs11.CKA_ALWAYS_AUTHENTICATE) else None
        return plan, [self._sign_one(info.slot, plan, key, b64decode(item), always) for item in request["items"]]

    def _sign_one(
        self, slot: int, plan: Plan, key: int, data: bytes, authenticate: Callable[[pkcs11.Session], None] | None
    ) -> bytes:
        # Logged in is the application, not the session (PKCS#11 v2.40, section 2.6), and handles of token objects hold
        # in all of its sessions.
        with self._module.session(slot) as session:
            session.sign_init(plan.mechanism, key, plan.pss)
            if authenticate:
                # Between C_SignInit and C_Sign, or some modules drop the login (PKCS#11 v2.40, section 4.9).
                authenticate(session)
            return session.sign(plan.prepare(data))

    def _after(self, before: TokenInfo) -> Message | None:
        try:
            return asdict(self._module.token_info(before.slot))
        except ChukysoError as error:
            # The signature is made; that the token is gone now is for the next request to find out.
            sys.stderr.write(f"flags after: {error.detail}\n")
            return None


def _certificate(session: pkcs11.Session, handle: int) -> bytes:
    """``CKA_VALUE`` of a certificate, without the zeros that some drivers fill its file on the card up with."""
    value = session.attribute(handle, pkcs11.CKA_VALUE)
    if value[:2] != b"\x30\x82":  # no SEQUENCE of 256 bytes to 64 KiB, so no certificate
        return value
    end = 4 + int.from_bytes(value[2:4], "big")
    return value if value[end:].strip(b"\0") else value[:end]


def _private_key(session: pkcs11.Session, key_id: bytes, serial: str) -> int:
    """The one private key of a certificate, by ``CKA_ID``."""
    keys = session.find((pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), (pkcs11.CKA_ID, key_id)) if key_id else []
    if not keys:
        raise ChukysoError(Code.CERT_KEY_MISSING, f"no private key with CKA_ID {key_id.hex()!r}", serial=serial)
    if len(keys) > 1:
        detail = f"{len(keys)} private keys with CKA_ID {key_id.hex()!r}"
        raise ChukysoError(Code.CERT_KEY_UNSUPPORTED, detail, serial=serial, reason="có nhiều khóa cùng CKA_ID")
    return keys[0]


def _check_public_key(session: pkcs11.Session, request: Message) -> None:
    """Refuse a token whose public key beside the certificate is another one, before the PIN is spent on it."""
    key_id, public = bytes.fromhex(request["key"]), b64decode(request["public"])
    shown = [
        session.attribute(handle, kind)
        for handle in session.find((pkcs11.CKA_CLASS, pkcs11.CKO_PUBLIC_KEY), (pkcs11.CKA_ID, key_id))
        for kind in (pkcs11.CKA_MODULUS, pkcs11.CKA_EC_POINT)
    ]
    if any(shown) and not any(_same_key(value, public) for value in shown if value):
        raise _mismatch(request, "its public key on the token is another one; no login was attempted")


def _check_modulus(session: pkcs11.Session, key: int, request: Message) -> None:
    """The same of the private key, which shows itself to those who are logged in only. EC keys show nothing."""
    modulus = session.attribute(key, pkcs11.CKA_MODULUS)
    if modulus and not _same_key(modulus, b64decode(request["public"])):
        raise _mismatch(request, "its private key on the token is another one; nothing was signed")


def _same_key(shown: bytes, public: bytes) -> bool:
    """Whether a token shows this modulus or point, with leading zeros or in an OCTET STRING as it may be."""
    return shown.lstrip(b"\0") == public.lstrip(b"\0") or shown[2:] == public


def _mismatch(request: Message, detail: str) -> ChukysoError:
    return ChukysoError(Code.CERT_KEY_MISMATCH, f"certificate {request['serial']}: {detail}", serial=request["serial"])


def _encode(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def main(arguments: list[str]) -> None:
    """Run until the parent closes the pipe.

    Args:
        arguments: Path of the module; seconds that loading it may take; what it is known to do wrong (``Quirk``).
    """
    requests, answers = take_pipes()
    module, seconds, *quirks = arguments
    watch(float(seconds))
    try:
        loaded = pkcs11.Module(module, [Quirk(quirk) for quirk in quirks])
        operations = Operations(loaded, lambda stage: write_frame(answers, {"stage": stage}))
        unwatch()
        write_frame(answers, {"ready": True})
        serve(operations.answer, requests, answers, lambda request: bool(request["operation"] == "sign"))
    except ChukysoError as error:
        write_frame(answers, reported(error))
    except BrokenFrameError:
        return  # the parent is done with us


if __name__ == "__main__":
    # Not the ordinary end: that runs the module's own exit handlers, which can hang or crash.
    atexit.register(os._exit, 0)
    main(sys.argv[1:])
