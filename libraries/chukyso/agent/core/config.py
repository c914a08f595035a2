"""How a signing agent is set up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from chukyso.errors import ChukysoError, Code
from chukyso.signature.presign import ASK_INTERNET, Validation
from chukyso.signature.trust import RevocationMode, RevocationPolicy, TrustStore

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9.\-]+|[0-9a-f:.]+")


class PinSource(StrEnum):
    """Where the PIN comes from, and with it who consents.

    ``DELIVERED``: a run approves each request and delivers the PIN inside this process. ``PINENTRY``: a person does
    both in pinentry's dialogs, outside of any browser. ``WINDOW``: a person does both in the agent's windows; the PIN
    then passes through a browser on this machine, so this is for rehearsal on the sandbox, or takes an explicit choice
    (docs/decisions/0012).
    """

    DELIVERED = "delivered"
    PINENTRY = "pinentry"
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
        origins: The only origins whose pages are served; an address is cut down to its origin. A run gives one.
        token_serial: The token to use; None when there is only one.
        pin_source: Where the PIN comes from.
        open_window: Called with a window's address when the window is due; None when the run opens the windows itself.
        pinentry: The pinentry program, for ``PinSource.PINENTRY``.
        tell_operator: Called with one Vietnamese line: what was signed, what was refused. Never a secret.
        document_type: Root element that a document must have.
        document_title: What a person reads as the type of document.
        place: Name of the element that receives the signature.
        pin_accept_text: Button of the PIN window; it differs between makers of token drivers.
        chain: Issuers' certificates that go into the signature, DER, the leaf's issuer first. Those that the token
            carries are used when this is empty.
        timeouts: See there.
        max_message: Largest message from the page in bytes.
        port: Where to listen on 127.0.0.1; 0 takes a free port.
        trust: Who is believed when the certificate is validated before an attended agent signs; None: nobody was
            named, and the windows say so. (A run validates by itself.)
        revocation: What an answer about revocation is worth then.
        revocation_policy: Whom to ask about revocation, and how long.
        report_validation: Called with what validating found, also of a certificate that was refused. What it raises
            ends the request before anything is signed.
        pin_by_person: A run approves, but a person enters the PIN: on the token's own keypad, or in a dialog that the
            run shows. The PIN state is then judged as for a person.
        max_refusals: After so many windows in a row without consent an origin gets no more of them.
    """

    origins: tuple[str, ...]
    token_serial: str | None = None
    pin_source: PinSource = PinSource.DELIVERED
    open_window: Callable[[str], object] | None = None
    pinentry: Path | None = None
    tell_operator: Callable[[str], object] | None = None
    document_type: str = "ThayDoiChuKySo"
    document_title: str = "Tờ khai thay đổi thông tin chữ ký số"
    place: str = "CKy_Dvi"
    pin_accept_text: str = "Chấp nhận"
    chain: tuple[bytes, ...] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_message: int = 2 << 20
    port: int = 0
    trust: TrustStore | None = None
    revocation: RevocationMode = RevocationMode.REQUIRED
    revocation_policy: RevocationPolicy = ASK_INTERNET
    report_validation: Callable[[Validation], object] | None = None
    pin_by_person: bool = False
    max_refusals: int = 3

    def __post_init__(self) -> None:
        if not self.origins:
            raise _invalid("origins", "no page could ask", "phải có ít nhất một trang")
        object.__setattr__(self, "origins", tuple(dict.fromkeys(origin_of(origin) for origin in self.origins)))
        if not self.attended and len(self.origins) > 1:
            raise _invalid("origins", "a run serves one portal", "nhiều trang chỉ dành cho bộ ký có người")
        if self.pin_source is PinSource.PINENTRY and self.pinentry is None:
            raise _invalid("pinentry", "nobody would see the dialogs", "chưa có chương trình pinentry")
        if self.pin_source is PinSource.WINDOW and self.open_window is None:
            raise _invalid("open_window", "nobody would see the windows", "chế độ có người phải mở được cửa sổ")

    @property
    def attended(self) -> bool:
        """A person consents in the windows; no run approves."""
        return self.pin_source is not PinSource.DELIVERED

    @property
    def pin_unattended(self) -> bool:
        """Nobody enters the PIN: a token that saw a wrong one before is left alone."""
        return not self.attended and not self.pin_by_person


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
