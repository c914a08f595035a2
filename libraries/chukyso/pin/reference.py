"""References to secrets: ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/NAME``, ``vault:PATH#KEY``.

A secret is given by reference only, so that it appears in no command line, suite or log. ``ask:`` stands for a PIN that
is kept nowhere: a person is asked for it when it is due.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from chukyso.errors import ChukysoError, Code
from chukyso.pin.text import decode, refuse_unmeant_password, refuse_unmeant_pin, without_frame
from chukyso.state import expanded

ASK = "ask:"
"""The reference of a PIN that a person gives."""

PINS = frozenset({"TOKEN_PIN", "SEAL_PIN"})
"""Variables that hold references to PINs; what any other one refers to is treated like a password."""

_FORM = re.compile(r"(env|file|keyring|vault):(.+)", re.DOTALL)


def is_asked(reference: str) -> bool:
    """Whether a person is to be asked for this secret."""
    return reference.strip() == ASK


def check_reference(reference: str, name: str) -> None:
    """Refuse what is no reference, without reading the secret.

    Args:
        reference: One of the four forms above.
        name: Name of the variable that holds the reference, for messages.

    Raises:
        ChukysoError: ``SECRET_REFERENCE_INVALID``; the value is not repeated: it may be the secret itself.
    """
    _parts(reference, name)


def exposed_file(reference: str) -> Path | None:
    """Return the file that a reference names when others may read it too. Windows has no such bits to look at."""
    scheme, _, place = reference.strip().partition(":")
    if scheme != "file" or os.name == "nt":
        return None
    path = expanded(Path(place))
    try:
        return path if path.stat().st_mode & 0o077 else None
    except OSError:
        return None  # reading it says what is wrong


def resolve_secret(reference: str, name: str) -> str:
    """Return the secret that a reference points to, as `usable_secret` reads it.

    An environment variable is taken out of this process's environment, so that no child inherits it.

    Args:
        reference: One of the four forms above.
        name: Name of the variable that holds the reference, for messages; it tells a PIN from a password.

    Raises:
        ChukysoError: ``SECRET_REFERENCE_INVALID`` (the value is not repeated: it may be the secret itself) or as
            `usable_secret`.
    """
    scheme, place = _parts(reference, name)
    readers = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring, "vault": _from_vault}
    text, failed, reason = "", "", ""
    try:
        text = readers[scheme](place)
    except (OSError, KeyError, ValueError, ImportError) as error:
        failed, reason = type(error).__name__, _reason(scheme, error)
    if failed:
        # Out here, and only the kind of error: a message could quote what was read, and one that cannot be decoded is
        # in its exception.
        raise _unreadable(failed, name, reference, reason)
    if not text and scheme == "keyring":
        raise _unreadable("empty", name, reference, "trong kho mật khẩu của máy không có mục này")
    return usable_secret(text, name, reference)


def usable_secret(text: str, name: str, reference: str) -> str:
    """Return a secret without what editors and shells put around it.

    That is a byte order mark before it and line ends behind it, wherever it is kept. Blanks are part of it.

    Args:
        text: What was read.
        name: As for `resolve_secret`.
        reference: Where from, for messages.

    Raises:
        ChukysoError: ``SECRET_UNREADABLE`` when nothing is left or it is no Unicode text; ``PIN_CHARACTER``,
            ``PIN_NOT_ASCII``, ``SECRET_CHARACTER`` for characters that cannot be meant.
    """
    secret = without_frame(text)
    if not secret:
        raise _unreadable("empty", name, reference, "trong đó không có gì")
    if any(0xD800 <= ord(char) < 0xE000 for char in secret):  # bytes of a variable that are no UTF-8
        raise _unreadable(UnicodeDecodeError.__name__, name, reference, _REASONS[UnicodeDecodeError])
    (refuse_unmeant_pin if name in PINS else refuse_unmeant_password)(secret, name)
    return secret


class _StoreError(OSError):
    """A store of secrets does not give one away; its text is for the operator."""


_REASONS: Final[Mapping[type[Exception], str]] = {  # the first that fits counts
    FileNotFoundError: "không có tệp này",
    PermissionError: "không có quyền đọc",
    IsADirectoryError: "đó là một thư mục",
    UnicodeDecodeError: "nội dung không phải văn bản UTF-8, hay UTF-16 có BOM",
    KeyError: "không có gì mang tên đó",
    ImportError: "chưa cài gói Python mà nơi lưu này cần",
}


def _reason(scheme: str, error: Exception) -> str:
    if isinstance(error, _StoreError):
        return str(error)
    if scheme == "env" and isinstance(error, KeyError):
        return "biến môi trường đó chưa được đặt"
    fitting = (reason for kind, reason in _REASONS.items() if isinstance(error, kind))
    return next(fitting, f"nơi lưu báo lỗi {type(error).__name__}")


def _unreadable(detail: str, name: str, reference: str, reason: str) -> ChukysoError:
    return ChukysoError(Code.SECRET_UNREADABLE, detail, name=name, reference=reference, reason=reason)


def _parts(reference: str, name: str) -> tuple[str, str]:
    match = _FORM.fullmatch(reference.strip())
    if not match:
        raise ChukysoError(Code.SECRET_REFERENCE_INVALID, "not one of env:, file:, keyring:, vault:", name=name)
    return match[1], match[2]


def _from_environment(name: str) -> str:
    return os.environ.pop(name)


def _from_file(path: str) -> str:
    place = expanded(Path(path))
    if place.is_dir():  # Windows says of it what it says of a file that may not be read
        raise IsADirectoryError(str(place))
    return decode(place.read_bytes())


def _from_keyring(place: str) -> str:
    import keyring  # noqa: PLC0415 - looks for its backends for 0.15 s; most runs do not need it
    from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError  # noqa: PLC0415 - same

    service, _, user = place.rpartition("/")
    try:
        return keyring.get_password(service, user) or ""
    except NoKeyringError:
        raise _StoreError("máy này không có kho mật khẩu nào cho keyring (thường gặp ở máy chủ, container)") from None
    except (KeyringLocked, InitError):
        raise _StoreError("kho mật khẩu của máy đang khóa") from None
    except KeyringError as error:
        raise _StoreError(f"kho mật khẩu của máy báo lỗi {type(error).__name__}") from None


def _from_vault(place: str) -> str:
    import hvac  # noqa: PLC0415 - an optional extra, needed only by those who keep secrets in Vault

    path, _, key = place.partition("#")
    mount, _, secret_path = path.partition("/")
    try:
        answer = hvac.Client().secrets.kv.v2.read_secret_version(
            path=secret_path, mount_point=mount, raise_on_deleted_version=True
        )
    except hvac.exceptions.VaultError as error:
        raise _StoreError(f"Vault báo lỗi {type(error).__name__}") from None
    return str(answer["data"]["data"][key])
