"""Every key that a profile can have, declared once: reading, checking, the doctor and the handbook's page follow this.

A key of a settings table is a field of its dataclass, an element of a page is a line of ``LOCATORS``. A key is needed
for what stands beside its kind; what a run needs is told by ``Need`` (see ``portal.options``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from chukyso.portal.declaring import Key, Need, OpenTable, SignerKind
from chukyso.portal.kinds import (
    ADDRESS,
    CSS,
    FILE,
    GROUP,
    PATTERN,
    SENDER,
    SWITCH,
    TEXT,
    UNKNOWN,
    VARIABLE,
    Kind,
    choice,
    number,
    several,
    whole,
)
from chukyso.portal.locators import LOCATORS
from chukyso.portal.messages import Meaning
from chukyso.portal.windows import WINDOW
from chukyso.signature.trust import RevocationMode

_DAY: Final = 24 * 60 * 60


class Captcha(StrEnum):
    """Who answers the captcha."""

    OPERATOR = "operator"
    SANDBOX = "sandbox"


class MailAuthentication(StrEnum):
    """What the mail server that received the result mail must have found out about its sender."""

    EITHER = "dkim-or-spf"
    DKIM = "dkim"
    SPF = "spf"
    NONE = "none"


def _key(kind: Kind, default: Any, vi: str, en: str, *needed: Need, **more: Any) -> Any:
    """A field of a settings table; the arguments are those of ``Key``."""
    return field(default=default, metadata={"kind": kind, "vi": vi, "en": en, "needed": needed, **more})


@dataclass(frozen=True)
class PortalSettings:
    """Where the portal is and how it is used."""

    url: str = _key(ADDRESS, UNKNOWN, "Địa chỉ cổng.", "Address of the portal.", Need.ADDRESS)
    home: str = _key(TEXT, UNKNOWN, "Đường dẫn của trang chủ.", "Route of the home page.", Need.LOGIN)
    captcha: Captcha = _key(
        choice(Captcha), Captcha.OPERATOR, "Ai nhập mã kiểm tra.", "Who answers the captcha, unless `CAPTCHA` says so."
    )
    captcha_length: int = _key(whole(20), 4, "Số ký tự của mã kiểm tra.", "Number of characters of the captcha.")
    embedded_sandbox: bool = _key(SWITCH, False, "Lần chạy tự khởi động sandbox.", "The run starts the sandbox itself.")


@dataclass(frozen=True)
class SignerSettings:
    """How the page's signing request is served."""

    kind: SignerKind = _key(
        choice(SignerKind), SignerKind.CLIENT, "Ai nhận yêu cầu ký.", "Who serves the signing request."
    )
    storage_key: str = _key(
        TEXT,
        UNKNOWN,
        "Khóa localStorage cho trang biết bộ ký số ở đâu.",
        "localStorage key that tells the page where the signing agent is.",
        Need.FORM,
        signer=SignerKind.AGENT,
    )
    document_type: str = _key(
        TEXT,
        UNKNOWN,
        "Tên phần tử gốc của hồ sơ được ký.",
        "Root element of the document to sign.",
        Need.SIGNING,
        signer=SignerKind.AGENT,
    )
    signature_place: str = _key(
        TEXT,
        UNKNOWN,
        "Tên phần tử nhận chữ ký.",
        "Element that receives the signature.",
        Need.SIGNING,
        signer=SignerKind.AGENT,
    )
    extension: str = _key(
        TEXT, "", "Mã của tiện ích mở rộng ký số.", "Id of the extension that signs; empty: not known.", blank=True
    )
    host: str = _key(
        TEXT,
        "",
        "Tên của chương trình ký, như trình duyệt gọi (native messaging host).",
        "Name of its native messaging host; empty: not known.",
        blank=True,
    )


@dataclass(frozen=True)
class BrowserSettings:
    """How the browser is opened. Sizes in CSS pixels."""

    headless: bool = _key(SWITCH, False, "Không hiện cửa sổ trình duyệt.", "Without a visible window.")
    width: int = _key(whole(10_000), 1280, "Chiều rộng trang, điểm ảnh CSS.", "Width of the page, CSS pixels.")
    height: int = _key(whole(10_000), 900, "Chiều cao trang, điểm ảnh CSS.", "Height of the page, CSS pixels.")
    scale: float = _key(number(8), 2.0, "Độ phóng của hình.", "Scale of the pictures.")


@dataclass(frozen=True)
class Timeouts:
    """Time-outs in seconds."""

    page: float = _key(number(_DAY), 30.0, "Số giây chờ một trang.", "Seconds to wait for a page.")
    operator: float = _key(number(_DAY), 300.0, "Số giây chờ người vận hành.", "Seconds to wait for the operator.")
    signing: float = _key(number(_DAY), 180.0, "Số giây chờ yêu cầu ký.", "Seconds to wait for the signing request.")
    submission: float = _key(
        number(_DAY),
        120.0,
        "Số giây chờ cổng trả lời sau khi gửi.",
        "Seconds to wait for the answer to the submission.",
    )
    browser: float = _key(
        number(_DAY),
        20.0,
        "Số giây chờ trình duyệt trả lời, ngoài thời gian nó được phép chờ; quá thì coi như đã mất.",
        "Seconds for a browser to answer, beyond what it was asked to wait; then it counts as gone.",
    )
    pending: float = _key(
        number(30 * _DAY),
        7200.0,
        "Số giây phải qua sau một lần gửi chưa rõ kết quả, rồi mới được gửi lần khác.",
        "Seconds after a submission whose end is not known, before another one may follow.",
    )
    pending_wait: float = _key(
        number(_DAY, zero=True),
        60.0,
        "Số giây chờ kết quả của lần gửi đó khi chứng thư số cũ vẫn đang đăng ký; sau đó thì dừng.",
        "Seconds to wait for such an end while the old certificate is registered; then the run stops.",
    )


@dataclass(frozen=True)
class TokenSettings:
    """What the token's module needs."""

    variables: tuple[str, ...] = _key(
        several(VARIABLE),
        (),
        "Biến môi trường mà mô-đun của token cần thêm; không bao giờ là biến chứa bí mật.",
        "Environment variables that the token's module needs beside the few that each gets; never one with a secret.",
    )


@dataclass(frozen=True)
class TrustSettings:
    """Which certificates may sign."""

    roots: str = _key(
        FILE,
        "",
        "Tệp PEM có các chứng thư số gốc được tin, tính từ tệp cấu hình; để trống: không tin ai.",
        "PEM file with the roots that are believed, relative to the profile; empty: nobody is.",
        Need.FORM,
        blank=True,
    )
    revocation: RevocationMode = _key(
        choice(RevocationMode), RevocationMode.REQUIRED, "Câu trả lời CRL, OCSP.", "What CRL and OCSP must say."
    )


@dataclass(frozen=True)
class ResultMailSettings:
    """What the portal's result mail looks like; see docs/result-mail.md.

    The patterns are searched for in the subject or in the text; case does not count.
    """

    sender: str = _key(SENDER, UNKNOWN, "Người gửi.", "Who sends it.", Need.MAIL)
    authentication: MailAuthentication = _key(
        choice(MailAuthentication),
        MailAuthentication.EITHER,
        "Máy chủ nhận thư phải xác nhận gì về tên miền người gửi.",
        "What the receiving server must say of the sender's domain.",
    )
    subject: str = _key(PATTERN, UNKNOWN, "Mẫu của tiêu đề.", "Pattern of the subject.", Need.MAIL)
    tax_code: str = _key(GROUP, UNKNOWN, "Mẫu của chỗ ghi MST.", "Pattern of the place with the MST.", Need.MAIL)
    serial: str = _key(
        GROUP,
        UNKNOWN,
        "Mẫu của chỗ ghi số chứng thư số; để trống khi thư không ghi.",
        "Pattern of the place with the certificate's serial; empty when the mail does not tell it.",
        Need.MAIL,
        blank=True,
    )
    transaction: str = _key(
        GROUP,
        UNKNOWN,
        "Mẫu của chỗ ghi mã giao dịch; để trống khi thư không ghi. Một trong hai phải có.",
        "Pattern of the place with the transaction's code; empty as well. One of the two is needed.",
        Need.MAIL,
        blank=True,
    )
    accepted: str = _key(PATTERN, UNKNOWN, "Mẫu nói là được chấp nhận.", "Pattern that says accepted.", Need.MAIL)
    refused: str = _key(PATTERN, UNKNOWN, "Mẫu nói là bị từ chối.", "Pattern that says refused.", Need.MAIL)


OPEN_TABLES: Final = (
    OpenTable(
        "personal",
        CSS,
        (Need.PRIVACY,),
        "Những gì PRIVACY:masked che trong hình, tên tùy ý.",
        "What `PRIVACY:masked` covers in pictures, by names of your own.",
    ),
    OpenTable(
        "messages",
        choice(Meaning),
        (),
        "Thông báo của cổng, theo mã hay theo phần đầu câu, và nghĩa của nó.",
        "A message of the portal, by its code or by the beginning of its text, and what it means.",
    ),
    OpenTable(
        "certificate_windows",
        WINDOW,
        (Need.SIGNING,),
        "Cửa sổ chọn chứng thư số của chương trình ký.",
        "The client's window with the certificate (figure 4), by names of your own.",
        SignerKind.CLIENT,
    ),
    OpenTable(
        "pin_windows",
        WINDOW,
        (Need.SIGNING,),
        "Cửa sổ nhập mã PIN; mỗi loại token có thể có một cửa sổ riêng.",
        "Windows that ask for the PIN (figure 5); each kind of token may have its own.",
        SignerKind.CLIENT,
    ),
    OpenTable(
        "message_windows",
        WINDOW,
        (),
        "Cửa sổ thông báo của chương trình ký hay của token.",
        "Windows in which client or token say what is wrong.",
    ),
)
SETTINGS: Final = {
    "portal": PortalSettings,
    "signer": SignerSettings,
    "browser": BrowserSettings,
    "timeouts": Timeouts,
    "trust": TrustSettings,
    "result_mail": ResultMailSettings,
    "token": TokenSettings,
}
"""The settings tables by name."""
MOVED: Final = {
    "portal.signer": "signer.kind",
    "portal.agent_storage_key": "signer.storage_key",
    "portal.document_type": "signer.document_type",
    "portal.signature_place": "signer.signature_place",
}
"""Keys by the names that they had before."""


def _declared(table: str) -> list[Key]:
    return [Key(f"{table}.{one.name}", default=one.default, **one.metadata) for one in fields(SETTINGS[table])]


KEYS: Final = {key.name: key for key in (*(key for table in SETTINGS for key in _declared(table)), *LOCATORS)}
"""All keys by name."""
