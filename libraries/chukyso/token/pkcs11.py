"""The PKCS#11 calls of the worker, over PyKCS11's low level. Only the child process may import this.

Every function goes through ``Module.call``, where a return value other than ``CKR_OK`` becomes an error with a code.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import PyKCS11
from PyKCS11 import LowLevel

from chukyso.errors import ChukysoError, Code
from chukyso.narrow import narrow_path
from chukyso.token.ckr import typed_error
from chukyso.token.mechanisms import PssParameters
from chukyso.token.model import Quirk, TokenInfo

CKU_USER = 1
CKU_CONTEXT_SPECIFIC = 2
CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY = 1, 2, 3
CKC_X_509 = 0
CKA_CLASS, CKA_LABEL, CKA_VALUE, CKA_CERTIFICATE_TYPE = 0x0, 0x3, 0x11, 0x80
CKA_KEY_TYPE, CKA_ID, CKA_ALWAYS_AUTHENTICATE = 0x100, 0x102, 0x202
CKA_MODULUS, CKA_EC_POINT = 0x120, 0x181
_CKF_SERIAL_SESSION = 0x4
_OK = "CKR_OK"
_HIDDEN = {"CKR_ATTRIBUTE_TYPE_INVALID", "CKR_ATTRIBUTE_SENSITIVE"}

# Bytes kept for a signature (RSA up to 8192 bits). With the room given at once there is no size query, which some
# modules take for the one signature that CKA_ALWAYS_AUTHENTICATE allowed.
_SIGNATURE_ROOM = 1024

# Bytes kept for an attribute's value that is read in one step; a certificate has one or two thousand.
_VALUE_ROOM = 16384


class Module:
    """A loaded and initialised PKCS#11 module.

    It is never unloaded: with some drivers that deadlocks, and the process ends soon anyway.

    Args:
        path: The module's file.
        quirks: What it is known to do wrong.

    Raises:
        ChukysoError: ``MODULE_LOAD_FAILED``.
    """

    def __init__(self, path: str, quirks: Collection[Quirk] = ()) -> None:
        self.quirks = frozenset(quirks)
        self._library = LowLevel.CPKCS11Lib()
        answer = self.attempt("Load", narrow_path(path))
        if answer != _OK:
            raise ChukysoError(Code.MODULE_LOAD_FAILED, f"load: {answer}", module=path)

    def attempt(self, function: str, *arguments: Any) -> str:
        """Call one PKCS#11 function and return the name of its return value."""
        answer: int = getattr(self._library, function)(*arguments)
        return str(PyKCS11.CKR.get(answer, f"0x{answer & 0xFFFFFFFF:08X}"))

    def call(self, function: str, *arguments: Any, serial: str = "") -> None:
        """Call one PKCS#11 function that must answer ``CKR_OK``.

        Args:
            function: Its name.
            arguments: What PyKCS11's low level wants.
            serial: Serial number of the token, for the error.

        Raises:
            ChukysoError: Typed by ``chukyso.token.ckr``.
        """
        answer = self.attempt(function, *arguments)
        if answer != _OK:
            raise typed_error(answer, function, serial=serial)

    def slots(self) -> list[int]:
        """IDs of the slots that hold a token."""
        slots = LowLevel.ckulonglist()
        self.call("C_GetSlotList", 1, slots)
        return list(slots)

    def token_info(self, slot: int) -> TokenInfo:
        """The token in a slot as it is now."""
        raw = LowLevel.CK_TOKEN_INFO()
        self.call("C_GetTokenInfo", slot, raw)
        return TokenInfo(
            slot=slot,
            serial=_text(raw.GetSerialNumber()),
            label=_text(raw.GetLabel()),
            manufacturer=_text(raw.GetManufacturerID()),
            model=_text(raw.GetModel()),
            flags=raw.flags,
            min_pin=raw.ulMinPinLen,
            max_pin=raw.ulMaxPinLen,
        )

    def mechanisms(self, slot: int) -> frozenset[int]:
        """Numbers of the mechanisms that the token offers."""
        mechanisms = LowLevel.ckulonglist()
        self.call("C_GetMechanismList", slot, mechanisms)
        return frozenset(mechanisms)

    @contextmanager
    def session(self, slot: int) -> Iterator[Session]:
        """A read-only session (some drivers refuse a read-write one while a scanner looks at the token)."""
        handle = LowLevel.CK_SESSION_HANDLE()
        self.call("C_OpenSession", slot, _CKF_SERIAL_SESSION, handle)
        try:
            yield Session(self, handle)
        finally:
            _clean_up(self, "C_CloseSession", handle)


class Session:
    """An open session; made by ``Module.session``."""

    def __init__(self, module: Module, handle: Any) -> None:
        self._module = module
        self._handle = handle

    def log_in(self, user: int, pin: bytes | None, *, serial: str) -> None:
        """``C_Login``, exactly once.

        Args:
            user: ``CKU_USER`` or ``CKU_CONTEXT_SPECIFIC``.
            pin: The PIN in UTF-8, or None for entry on the device.
            serial: Serial number of the token, for the error.
        """
        self._module.call("C_Login", self._handle, user, PyKCS11.ckbytelist(pin), serial=serial)

    def log_out(self) -> None:
        """``C_Logout``; closing the last session of a token logs out as well."""
        _clean_up(self._module, "C_Logout", self._handle)

    def find(self, *template: tuple[int, int | bytes]) -> list[int]:
        """Handles of the objects that match."""
        attributes = LowLevel.ckattrlist(len(template))
        for index, (kind, value) in enumerate(template):
            if isinstance(value, int):
                attributes[index].SetNum(kind, value)
            else:
                attributes[index].SetBin(kind, PyKCS11.ckbytelist(value))
        self._module.call("C_FindObjectsInit", self._handle, attributes)
        try:
            return list(self._found())
        finally:
            _clean_up(self._module, "C_FindObjectsFinal", self._handle)

    def _found(self) -> Iterator[int]:
        while True:
            batch = LowLevel.ckulonglist(16)
            self._module.call("C_FindObjects", self._handle, batch)
            if not batch:
                return
            yield from batch

    def attribute(self, handle: int, kind: int) -> bytes:
        """An attribute's value, b"" when the object does not have it or does not show it.

        Some drivers answer length 0 to the first of the two steps (PKCS#11 v2.40, section 5.7), though there is a
        value. Those that are known for it are never asked for the length; of others it is not believed.
        """
        value = b""
        if Quirk.ONE_STEP_ATTRIBUTES not in self._module.quirks:
            template = LowLevel.ckattrlist(1)
            template[0].SetType(kind)
            if not self._read(handle, template):
                return b""
            if template[0].GetLen():
                value = bytes(template[0].GetBin()) if self._read(handle, template) else b""
        return value or self._attribute_in_one_step(handle, kind)

    def _attribute_in_one_step(self, handle: int, kind: int) -> bytes:
        template = LowLevel.ckattrlist(1)
        template[0].SetBin(kind, LowLevel.ckbytelist(_VALUE_ROOM))
        return bytes(template[0].GetBin()) if self._read(handle, template) else b""

    def _read(self, handle: int, template: Any) -> bool:
        """``C_GetAttributeValue``; False when the object does not have the attribute or does not show it."""
        answer = self._module.attempt("C_GetAttributeValue", self._handle, _object(handle), template)
        if answer not in {_OK, *_HIDDEN}:
            raise typed_error(answer, "C_GetAttributeValue")
        return answer == _OK

    def number(self, handle: int, kind: int) -> int:
        """A ``CK_ULONG`` or ``CK_BBOOL`` attribute, 0 when the object does not have it or does not show it."""
        return int.from_bytes(self.attribute(handle, kind), sys.byteorder)

    def sign_init(self, mechanism: int, key: int, pss: PssParameters | None = None) -> None:
        """``C_SignInit``; only RSA-PSS takes a parameter."""
        if pss is None:
            wrapped: Any = PyKCS11.Mechanism(mechanism)
        else:
            wrapped = PyKCS11.RSA_PSS_Mechanism(mechanism, pss.hash, pss.mask, pss.salt)
        self._module.call("C_SignInit", self._handle, wrapped.to_native(), _object(key))

    def sign(self, data: bytes) -> bytes:
        """``C_Sign``; ends the operation that ``sign_init`` began."""
        signature = LowLevel.ckbytelist(_SIGNATURE_ROOM)
        self._module.call("C_Sign", self._handle, PyKCS11.ckbytelist(data), signature)
        return bytes(signature)


def _clean_up(module: Module, function: str, handle: Any) -> None:
    # On a token that was pulled cleaning up fails as well, which must not hide the error that is on its way.
    answer = module.attempt(function, handle)
    if answer != _OK:
        sys.stderr.write(f"{function}: {answer}\n")


def _object(handle: int) -> Any:
    wrapped = LowLevel.CK_OBJECT_HANDLE()
    wrapped.assign(handle)
    return wrapped


def _text(padded: str) -> str:
    # Labels in a legacy code page reach us as surrogates, which could not be printed later.
    return padded.encode("utf-8", "surrogateescape").decode("utf-8", "replace").rstrip("\0 ").lstrip(" ")
