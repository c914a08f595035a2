"""The programs that windows belong to: executable, publisher, and who started them."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import contextlib
import ctypes
import functools
from ctypes import wintypes
from pathlib import Path
from typing import Any, Final

import psutil

from chukyso.desktop.win32 import api

_OWNER: Final = 4
_MOST: Final = 20  # owners of owners
_LIMITED_INFORMATION: Final = 0x1000
_VERIFY: Final = bytes.fromhex("6bc5aa0044cdd0118cc200c04fc295ee")  # WINTRUST_ACTION_GENERIC_VERIFY_V2
_OBJECT_FILE, _EMBEDDED, _BINARY, _SIGNER, _SUBJECT_CERT = 1, 0x400, 0x2, 7, 0xB0000


def image_of(pid: int) -> str:
    """Path of a process's executable; "" when Windows does not tell."""
    process = api.OpenProcess(_LIMITED_INFORMATION, False, pid)
    if not process:
        return ""
    try:
        buffer, size = ctypes.create_unicode_buffer(32768), wintypes.DWORD(32768)
        return buffer.value if api.QueryFullProcessImageNameW(process, 0, buffer, ctypes.byref(size)) else ""
    finally:
        api.CloseHandle(process)


def ancestors_of(window: int, pid: int) -> tuple[str, ...]:
    """Executables of the windows that own this one, and of the processes that started its own."""
    images, owner = [], window
    for _ in range(_MOST):
        owner = api.GetWindow(owner, _OWNER)
        if not owner:
            break
        images.append(image_of(api.process_of(owner)))
    with contextlib.suppress(psutil.Error):  # gone, or not to be asked: then it has none that could be told
        images += [image_of(process.pid) for process in psutil.Process(pid).parents()]
    return tuple(dict.fromkeys(filter(None, images)))


def publisher_of(image: str) -> str:
    """Who signed an executable, as its certificate names them; "" when Windows does not trust the signature.

    Nothing is loaded from a network, and whether the certificate was revoked is not asked.
    """
    try:
        file = Path(image).stat()
    except OSError:
        return ""
    return _publisher(image, file.st_mtime_ns, file.st_size)


@functools.lru_cache
def _publisher(image: str, _changed: int, _size: int) -> str:
    """As it was found out for the file as it is: a window is looked at again and again."""
    try:
        trust = ctypes.WinDLL("wintrust").WinVerifyTrust
        crypt = ctypes.WinDLL("crypt32")
    except OSError:
        return ""
    return _signer(crypt, image) if _is_trusted(trust, image) else ""


class _File(ctypes.Structure):
    _fields_ = [
        ("size", wintypes.DWORD),
        ("path", wintypes.LPCWSTR),
        ("file", ctypes.c_void_p),
        ("subject", ctypes.c_void_p),
    ]


class _Trust(ctypes.Structure):
    _fields_ = [
        ("size", wintypes.DWORD),
        ("policy", ctypes.c_void_p),
        ("sip", ctypes.c_void_p),
        ("ui", wintypes.DWORD),
        ("revocation", wintypes.DWORD),
        ("union", wintypes.DWORD),
        ("file", ctypes.POINTER(_File)),
        ("action", wintypes.DWORD),
        ("state", ctypes.c_void_p),
        ("url", ctypes.c_void_p),
        ("flags", wintypes.DWORD),
        ("context", wintypes.DWORD),
        ("settings", ctypes.c_void_p),
    ]


def _is_trusted(verify: Any, image: str) -> bool:
    verify.restype, verify.argtypes = ctypes.c_long, [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(_Trust)]
    file = _File(ctypes.sizeof(_File), image, None, None)
    no_window, no_revocation, a_file, cache_only = 2, 0, 1, 0x1000
    trust = _Trust(ctypes.sizeof(_Trust), None, None, no_window, no_revocation, a_file, ctypes.pointer(file))
    trust.flags = cache_only
    return bool(verify(None, _VERIFY, ctypes.byref(trust)) == 0)


def _signer(crypt: Any, image: str) -> str:
    """The name in the certificate with which an executable is signed."""
    store, message = ctypes.c_void_p(), ctypes.c_void_p()
    path = ctypes.c_wchar_p(image)
    null = ctypes.c_void_p()
    found = crypt.CryptQueryObject(
        *(_OBJECT_FILE, path, _EMBEDDED, _BINARY, 0, null, null, null),
        *(ctypes.byref(store), ctypes.byref(message), null),
    )
    if not found:
        return ""
    crypt.CertFindCertificateInStore.restype = ctypes.c_void_p
    certificate = None
    try:
        size = wintypes.DWORD()
        crypt.CryptMsgGetParam(message, _SIGNER, 0, null, ctypes.byref(size))
        info = ctypes.create_string_buffer(size.value or 1)
        if not crypt.CryptMsgGetParam(message, _SIGNER, 0, info, ctypes.byref(size)):
            return ""
        certificate = crypt.CertFindCertificateInStore(store, 0x10001, 0, _SUBJECT_CERT, info, null)
        if not certificate:
            return ""
        name = ctypes.create_unicode_buffer(512)
        crypt.CertGetNameStringW(ctypes.c_void_p(certificate), 4, 0, null, name, len(name))
        return name.value
    finally:
        if certificate:
            crypt.CertFreeCertificateContext(ctypes.c_void_p(certificate))
        crypt.CryptMsgClose(message)
        crypt.CertCloseStore(store, 0)
