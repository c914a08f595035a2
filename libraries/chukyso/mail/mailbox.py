"""Which mailbox: the variable ``MAILBOX``, an address such as ``imaps://ketoan@mail.example/INBOX``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from chukyso.errors import ChukysoError, Code
from chukyso.state import expanded

VARIABLE = "MAILBOX"
PASSWORD_VARIABLE = "MAIL_PASSWORD"  # noqa: S105 - the name of a variable
DEFAULT_FOLDER = "INBOX"
_PORTS = {"imaps": 993, "imap": 143}
_QUERY = {"ca", "authserv"}
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Mailbox:
    """A folder of a mailbox that is read by IMAP, always over TLS.

    Attributes:
        host: Name or address of the server; the certificate must be for it.
        port: TCP port.
        implicit_tls: TLS from the first byte (``imaps``), or by STARTTLS before anything else (``imap``).
        user: Name to log in with.
        folder: Folder, as people write it.
        ca: PEM file with the authorities that the server's certificate may come from; None for the system's.
        authserv: Whose ``Authentication-Results`` are believed: the name that the receiving server writes there; ""
            when none is.
    """

    host: str
    port: int
    implicit_tls: bool
    user: str
    folder: str = DEFAULT_FOLDER
    ca: Path | None = None
    authserv: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'imaps' if self.implicit_tls else 'imap'}://{self.user}@{host}:{self.port}/{self.folder}"


def parse_mailbox(text: str) -> Mailbox:
    """Read ``imaps://USER@HOST[:PORT][/FOLDER][?ca=FILE&authserv=NAME]``; what is special in USER or FOLDER as ``%40``.

    ``imap://`` stands for STARTTLS; there is no way to do without TLS.

    Raises:
        ChukysoError: ``OPTION_INVALID``; the text is not repeated, there may be a password in it.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise _invalid("không phải một địa chỉ dạng imaps://TÊN@MÁY_CHỦ/HỘP_THƯ") from None
    if parts.scheme not in _PORTS:
        raise _invalid("phải bắt đầu bằng imaps:// (hoặc imap:// cho STARTTLS)")
    if parts.password is not None:
        raise _invalid(f"không được chứa mật khẩu; dùng biến {PASSWORD_VARIABLE}")
    host, user = parts.hostname or "", unquote(parts.username or "")
    folder = unquote(parts.path.removeprefix("/")) or DEFAULT_FOLDER
    if not _HOST.fullmatch(host) or not user:
        raise _invalid("thiếu tên người dùng hoặc tên máy chủ")
    if _CONTROL.search(user + folder) or parts.fragment:
        raise _invalid("có ký tự không dùng được")
    query = _query(parts)
    ca = expanded(Path(query["ca"])) if query.get("ca") else None
    if ca is not None and not ca.is_file():
        raise _invalid(f"không có tệp chứng thư số “{ca}” (ca=)")
    if port == 0:
        raise _invalid("cổng mạng không dùng được")
    return Mailbox(
        host=host,
        port=port or _PORTS[parts.scheme],
        implicit_tls=parts.scheme == "imaps",
        user=user,
        folder=folder,
        ca=ca,
        authserv=query.get("authserv", "").lower(),
    )


def _query(parts: SplitResult) -> dict[str, str]:
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _invalid("phần sau dấu ? không đọc được") from None
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names) or not _QUERY.issuperset(names):
        raise _invalid("sau dấu ? chỉ có ca= và authserv=, mỗi tên một lần")
    return dict(pairs)


def _invalid(reason: str) -> ChukysoError:
    return ChukysoError(Code.OPTION_INVALID, name=VARIABLE, reason=reason)
