"""How a signing agent is set up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from chukyso.errors import ChukysoError, Code

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9.\-]+|[0-9a-f:.]+")


class PinSource(StrEnum):
    """Where the PIN comes from, and with it who consents.

    ``DELIVERED``: a run approves each request and delivers the PIN inside this process. ``WINDOW``: a person does both
    in the agent's windows; the PIN then passes through a browser on this machine, so this is for rehearsal on the
    sandbox only.
    """

    DELIVERED = "delivered"
    WINDOW = "window"


@dataclass(frozen=True)
class Timeouts:
    """How long the agent waits, in seconds. What is not answered in time ends with ``SIGNING_TIMEOUT``.

    Attributes:
        consent: For the run's offer or the share window after ``get-certificate``.
        approval: For the run to check a ``sign-xml`` request.
        window: For a person in the certificate window, and again in the PIN window.
    """

    consent: float = 180.0
    approval: float = 60.0
    window: float = 180.0


@dataclass(frozen=True)
class AgentConfig:
    """Everything that is fixed while an agent runs.

    Attributes:
        origin: The only origin whose pages are served; an address is cut down to its origin.
        module: PKCS#11 module, when the agent starts its own token worker.
        environment: What the module needs beside the scrubbed environment, such as ``SOFTHSM2_CONF``.
        token_serial: The token to use; None when there is only one.
        pin_source: Where the PIN comes from.
        open_window: Called with a window's address when the window is due; None when the run opens the windows itself.
        document_type: Root element that a document must have.
        document_title: What a person reads as the type of document.
        place: Name of the element that receives the signature.
        certificate_accept_text: Button of the certificate window.
        pin_accept_text: Button of the PIN window; it differs between makers of token drivers.
        chain: Issuers' certificates that go into the signature, DER, the leaf's issuer first. Those that the token
            carries are used when this is empty.
        timeouts: See there.
        max_message: Largest message from the page in bytes.
    """

    origin: str
    module: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    token_serial: str | None = None
    pin_source: PinSource = PinSource.DELIVERED
    open_window: Callable[[str], object] | None = None
    document_type: str = "ThayDoiChuKySo"
    document_title: str = "Tờ khai thay đổi thông tin chữ ký số"
    place: str = "CKy_Dvi"
    certificate_accept_text: str = "OK"
    pin_accept_text: str = "Chấp nhận"
    chain: tuple[bytes, ...] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_message: int = 2 << 20

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", origin_of(self.origin))
        if self.attended and self.open_window is None:
            raise _invalid("open_window", "nobody would see the windows", "chế độ có người phải mở được cửa sổ")

    @property
    def attended(self) -> bool:
        """A person consents in the windows; no run approves."""
        return self.pin_source is PinSource.WINDOW


def origin_of(url: str) -> str:
    """Return the origin of an address as a browser writes it: lower case, without default port, path or slash.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when it is no http or https address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _invalid("origin", str(error), "địa chỉ không đọc được") from error
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None or not _HOST.fullmatch(host):
        raise _invalid("origin", f"no http or https address: {url!r}", "phải là địa chỉ http hoặc https")
    name = f"[{host}]" if ":" in host else host
    suffix = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{name}{suffix}"


def _invalid(name: str, detail: str, reason: str) -> ChukysoError:
    return ChukysoError(Code.OPTION_INVALID, detail, name=name, reason=reason)
