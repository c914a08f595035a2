"""Every key that a profile can have, declared once: reading, checking, the doctor and the handbook's page follow this.

A key of a settings table is a field of its dataclass, an element of a page is a line of ``LOCATORS``. A key is needed
for what stands beside its kind; what a run needs is told by ``Need`` (see ``portal.options``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import Enum, StrEnum
from typing import Any, Final

from chukyso.portal.kinds import (
    ADDRESS,
    CSS,
    FILE,
    GROUP,
    PATTERN,
    SELECTOR,
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
from chukyso.portal.messages import Meaning
from chukyso.signature.trust import RevocationMode

_DAY: Final = 24 * 60 * 60


class SignerKind(StrEnum):
    """How the page's signing request is served: by our signing agent, or by the portal's own client."""

    AGENT = "agent"
    CLIENT = "client"


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


class Need(Enum):
    """What a key is needed for: Vietnamese for the operator, English for the handbook."""

    ADDRESS = "mở cổng thật", "opening a real portal"
    LOGIN = "mở cổng, đăng nhập và đăng xuất", "opening the portal, logging in and out"
    FORM = "đọc và kiểm tra biểu mẫu", "reading and checking the form"
    SIGNING = "ký và gửi", "signing and submitting"
    RESULT = "nhận kết quả", "receiving the result"
    LOOKING = "đăng nhập lại để xem chứng thư số nào đang đăng ký", "looking again at what is registered"
    UNIT = "chọn đơn vị, khi có UNIT_CODE", "choosing the unit, with UNIT_CODE"
    PRIVACY = "che dữ liệu cá nhân, khi có PRIVACY:masked", "masking, with PRIVACY:masked"
    MAIL = "nhận ra thư kết quả, khi có MAILBOX", "knowing the result mail, with MAILBOX"
    PROBE = "thăm dò cổng", "the portal probe"

    @property
    def vi(self) -> str:
        return self.value[0]

    @property
    def en(self) -> str:
        return self.value[1]


UPDATE: Final = frozenset({Need.ADDRESS, Need.LOGIN, Need.FORM, Need.SIGNING, Need.RESULT, Need.LOOKING})
"""What every update of a real portal needs; a rehearsal has no ``ADDRESS``, a dry run ends after ``FORM``."""


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        name: With its table, such as ``locators.form.ready``.
        kind: What its value must be.
        needed: For what; the first that a run needs is told when the value is unknown.
        vi: What it means, Vietnamese.
        en: What it means, English.
        default: Its value when the profile does not have it; ``UNKNOWN`` when there is none.
        blank: Whether an empty text is an answer; else it is as good as unknown.
        optional: Whether it is used only where it is known, and never missing.
    """

    name: str
    kind: Kind
    needed: tuple[Need, ...]
    vi: str
    en: str
    default: Any = UNKNOWN
    blank: bool = False
    optional: bool = False

    @property
    def table(self) -> str:
        return self.name.rpartition(".")[0]

    def is_unknown(self, value: object) -> bool:
        """Whether this value says nothing."""
        return value == UNKNOWN or (value == "" and not self.blank)


@dataclass(frozen=True)
class OpenTable:
    """A table whose keys are the profile's own.

    Attributes:
        name: Of the table.
        kind: What each value must be.
        needed: For what the table must have an entry.
        vi: What it means, Vietnamese.
        en: What it means, English.
    """

    name: str
    kind: Kind
    needed: tuple[Need, ...]
    vi: str
    en: str


def _key(kind: Kind, default: Any, vi: str, en: str, *needed: Need, blank: bool = False) -> Any:
    """A field of a settings table; the arguments are those of ``Key``."""
    return field(default=default, metadata={"kind": kind, "vi": vi, "en": en, "needed": needed, "blank": blank})


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
    )
    document_type: str = _key(
        TEXT, UNKNOWN, "Tên phần tử gốc của hồ sơ được ký.", "Root element of the document to sign.", Need.SIGNING
    )
    signature_place: str = _key(
        TEXT, UNKNOWN, "Tên phần tử nhận chữ ký.", "Element that receives the signature.", Need.SIGNING
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


def _at(element: str, kind: Kind, vi: str, en: str, *needed: Need, optional: bool = False) -> Key:
    """The place of an element, ``page.element``."""
    return Key(f"locators.{element}", kind, needed, vi, en, optional=optional)


_LOGIN, _FORM, _RESULT, _LOOKING = Need.LOGIN, Need.FORM, Need.RESULT, Need.LOOKING
# CSS where an element is waited for beside others, or read together with others by the page's JavaScript.
LOCATORS: Final = (
    _at("home.login", SELECTOR, "Nút Đăng nhập của trang chủ.", "Button Đăng nhập of the home page.", _LOGIN),
    _at("login.dialog", SELECTOR, "Hộp đăng nhập.", "The login dialog.", Need.PROBE, optional=True),
    _at("login.organisation", SELECTOR, "Lựa chọn Tổ chức.", "Choice Tổ chức.", _LOGIN),
    _at("login.username", SELECTOR, "Ô mã số thuế.", "Field of the tax code.", _LOGIN),
    _at("login.password", SELECTOR, "Ô mật khẩu.", "Field of the password.", _LOGIN),
    _at("login.captcha", SELECTOR, "Ô mã kiểm tra.", "Field of the captcha.", _LOGIN),
    _at("login.captcha_picture", SELECTOR, "Ảnh mã kiểm tra.", "Picture of the captcha.", _LOGIN),
    _at("login.submit", SELECTOR, "Nút Đăng nhập của hộp.", "Button Đăng nhập of the dialog.", _LOGIN),
    _at("units.dialog", CSS, "Hộp chọn đơn vị.", "Dialog that asks for the unit.", Need.UNIT),
    _at("units.rows", SELECTOR, "Các lựa chọn đơn vị.", "The choices of units.", Need.UNIT),
    _at("units.submit", SELECTOR, "Nút chọn đơn vị.", "Button that chooses the unit.", Need.UNIT),
    _at("account.menu", CSS, "Mục tài khoản, góc phải.", "The account's menu, top right.", _LOGIN),
    _at("account.tax_code", SELECTOR, "Chỗ hiện MST của tài khoản.", "Where the account's MST is shown.", _LOGIN),
    _at("account.unit", SELECTOR, "Chỗ hiện mã đơn vị.", "Where the unit's code is shown.", Need.UNIT),
    _at("account.change_information", SELECTOR, "Mục Thay đổi thông tin.", "Item Thay đổi thông tin.", _FORM),
    _at("account.log_out", SELECTOR, "Mục Đăng xuất.", "Item Đăng xuất.", _LOGIN),
    _at("form.ready", CSS, "Hiện khi biểu mẫu đã mở xong.", "Shown when the form is there.", _FORM, _LOOKING),
    _at("form.registered", SELECTOR, "Khung của chứng thư số cũ.", "Frame of the old certificate.", _FORM, _LOOKING),
    _at("form.new", SELECTOR, "Khung của chứng thư số mới.", "Frame of the new certificate.", _FORM),
    _at("form.new_ready", CSS, "Hiện khi trang đã đọc chứng thư số mới.", "Shown when the page has read it.", _FORM),
    _at("form.email", SELECTOR, "Ô thư điện tử liên hệ.", "Field of the contact's e-mail.", _FORM),
    _at("form.phone", SELECTOR, "Ô điện thoại liên hệ.", "Field of the contact's phone.", _FORM),
    _at("form.commitment", SELECTOR, "Ô cam kết.", "Box of the commitment.", _FORM),
    _at("form.register", SELECTOR, "Nút Đăng ký thay đổi thông tin.", "Button that registers the change.", _FORM),
    _at("certificate.serial", CSS, "Số chứng thư số, trong khung.", "Serial, within a frame.", _FORM, _LOOKING),
    _at("certificate.owner", CSS, "Chủ thể, trong khung.", "Owner, within a frame.", _FORM),
    _at("certificate.tax_code", CSS, "MST, trong khung.", "MST, within a frame.", _FORM),
    _at("certificate.issuer", CSS, "Tổ chức chứng thực, trong khung.", "Issuer, within a frame.", _FORM),
    _at("certificate.valid_from", CSS, "Hiệu lực từ, trong khung.", "Begin of validity, within a frame.", _FORM),
    _at("certificate.valid_to", CSS, "Hiệu lực đến, trong khung.", "End of validity, within a frame.", _FORM),
    _at("result.notice", CSS, "Thông báo thành công.", "The notice of success.", _RESULT),
    _at("result.serial", SELECTOR, "Số chứng thư số trong thông báo.", "Serial in the notice.", _RESULT),
    _at("result.transaction", CSS, "Mã giao dịch.", "Code of the transaction.", _RESULT, optional=True),
    _at("result.recorded", CSS, "Lúc cổng ghi nhận.", "When the portal recorded it.", _RESULT, optional=True),
    _at("result.close", SELECTOR, "Nút đóng thông báo.", "Button that closes the notice.", _RESULT),
    _at("toast.error", CSS, "Thông báo lỗi.", "An error message of the portal.", _LOGIN),
    _at("toast.text", CSS, "Lời của thông báo lỗi, trong nó.", "Its text, within it.", _LOGIN),
)
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
