"""Certificates as Windows reads them, and its own picker of them."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import ctypes
from ctypes import wintypes
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chukyso.moment import day_in_vietnam

_ENCODING: Final = 0x10001
_ATTRIBUTE, _OF_ISSUER, _COMMON_NAME = 3, 1, b"2.5.4.3"
_IN_MEMORY, _ADD_ALWAYS = 2, 4
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


class _Blob(ctypes.Structure):
    _fields_ = [("size", wintypes.DWORD), ("data", ctypes.POINTER(ctypes.c_ubyte))]


class _Algorithm(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("parameters", _Blob)]


class _Info(ctypes.Structure):
    """The beginning of CERT_INFO."""

    _fields_ = [
        ("version", wintypes.DWORD),
        ("serial", _Blob),
        ("algorithm", _Algorithm),
        ("issuer", _Blob),
        ("not_before", wintypes.FILETIME),
        ("not_after", wintypes.FILETIME),
    ]


class _Context(ctypes.Structure):
    """CERT_CONTEXT."""

    _fields_ = [
        ("encoding", wintypes.DWORD),
        ("encoded", ctypes.POINTER(ctypes.c_ubyte)),
        ("size", wintypes.DWORD),
        ("info", ctypes.POINTER(_Info)),
        ("store", ctypes.c_void_p),
    ]


class _Selection(ctypes.Structure):
    """CRYPTUI_SELECTCERTIFICATE_STRUCTW."""

    _fields_ = [
        ("size", wintypes.DWORD),
        ("parent", wintypes.HWND),
        ("flags", wintypes.DWORD),
        ("title", wintypes.LPCWSTR),
        ("without", wintypes.DWORD),
        ("text", wintypes.LPCWSTR),
        ("filter", ctypes.c_void_p),
        ("display", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
        ("display_stores", wintypes.DWORD),
        ("display_store", ctypes.POINTER(ctypes.c_void_p)),
        ("stores", wintypes.DWORD),
        ("store", ctypes.c_void_p),
        ("pages", wintypes.DWORD),
        ("page", ctypes.c_void_p),
        ("selected", ctypes.c_void_p),
    ]


_crypt32: Final = ctypes.WinDLL("crypt32")
_pointer: Final = ctypes.POINTER(_Context)
_crypt32.CertCreateCertificateContext.restype = _pointer
_crypt32.CertOpenStore.restype = ctypes.c_void_p


@dataclass(frozen=True)
class Shown:
    """What a picker shows of a certificate, as people read it."""

    owner: str
    issuer: str
    serial: str
    valid_from: str
    valid_to: str


def read(der: bytes) -> Shown:
    """Read a certificate.

    Args:
        der: The certificate.

    Raises:
        ValueError: It is none.
    """
    context = _crypt32.CertCreateCertificateContext(_ENCODING, der, len(der))
    if not context:
        raise ValueError("not a certificate")
    try:
        info = context.contents.info.contents
        serial = bytes(info.serial.data[: info.serial.size])[::-1]
        days = [day_in_vietnam(_moment(each)) for each in (info.not_before, info.not_after)]
        return Shown(_name(context, 0), _name(context, _OF_ISSUER), serial.hex(), *days)
    finally:
        _crypt32.CertFreeCertificateContext(context)


def pick(title: str, text: str, certificates: list[bytes]) -> int:
    """Let a person choose in Windows' own picker; return which one, -1 for none.

    Args:
        title: Of its window.
        text: What it says above the list.
        certificates: Each one's DER.
    """
    select = ctypes.WinDLL("cryptui").CryptUIDlgSelectCertificateW
    select.restype = _pointer
    store = ctypes.c_void_p(_crypt32.CertOpenStore(ctypes.c_void_p(_IN_MEMORY), 0, None, 0, None))
    for der in certificates:
        _crypt32.CertAddEncodedCertificateToStore(store, _ENCODING, der, len(der), _ADD_ALWAYS, None)
    asked = _Selection(size=ctypes.sizeof(_Selection), title=title, text=text, display_stores=1)
    asked.display_store = ctypes.pointer(store)
    chosen = select(ctypes.byref(asked))
    try:
        return certificates.index(bytes(chosen.contents.encoded[: chosen.contents.size])) if chosen else -1
    finally:
        if chosen:
            _crypt32.CertFreeCertificateContext(chosen)
        _crypt32.CertCloseStore(store, 0)


def _name(context: Any, of: int) -> str:
    buffer = ctypes.create_unicode_buffer(512)
    _crypt32.CertGetNameStringW(context, _ATTRIBUTE, of, _COMMON_NAME, buffer, len(buffer))
    return buffer.value


def _moment(time: wintypes.FILETIME) -> datetime:
    return _EPOCH + timedelta(microseconds=((time.dwHighDateTime << 32) + time.dwLowDateTime) // 10)
