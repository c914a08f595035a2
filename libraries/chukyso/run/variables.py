"""The variables of a run, declared once: what ``--variable`` can name, what holds without it, what it is for.

This is also a variable file for Robot Framework (``resources/libraries.resource`` imports it), ``Set Up Run`` reads
what is declared here, and ``docs/vi/bien.md`` is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_SWITCH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def switch(text: str) -> bool:
    """Read a switch.

    Raises:
        ValueError: It is none, Vietnamese.
    """
    try:
        return _SWITCH[text.strip().lower()]
    except KeyError:
        raise ValueError("phải là True hoặc False") from None


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of these words, in any case; it raises ``ValueError``, Vietnamese."""

    def read(text: str) -> str:
        word = text.strip().lower()
        if word not in words:
            raise ValueError(f"phải là {' hoặc '.join(words)}")
        return word

    return read


@dataclass(frozen=True)
class Variable:
    """One variable.

    Attributes:
        name: As ``--variable`` names it.
        words: What it is for, Vietnamese, Markdown.
        default: What it holds when nobody gives it.
        otherwise: What a run does then, Vietnamese, Markdown; the default when left out.
        kind: Reads its text; raises ``ValueError`` with a Vietnamese reason.
        blank: Whether an empty text is as good as none. An operator who names a variable and mistypes its value must
            not submit.
        option: Whether ``Set Up Run`` checks it; the others belong to keywords of their own.
    """

    name: str
    words: str
    default: str = ""
    otherwise: str = ""
    kind: Callable[[str], Any] = str
    blank: bool = True
    option: bool = True

    @property
    def key(self) -> str:
        """As Python names it."""
        return self.name.lower()

    @property
    def default_text(self) -> str:
        """What a run does without it."""
        return self.otherwise or f"`{self.default}`"


VARIABLES: Final = (
    Variable(
        "PROFILE",
        "cổng nào: `sandbox`, `bhxh`, hoặc đường dẫn tới một [tệp cấu hình](cau-hinh-cong.md)",
        "sandbox",
        "`sandbox` (diễn tập)",
        option=False,
    ),
    Variable("TAX_CODE", "mã số thuế của tài khoản", otherwise="của sandbox"),
    Variable("UNIT_CODE", "mã đơn vị, khi tài khoản có nhiều đơn vị", otherwise="không có"),
    Variable(
        "PORTAL_PASSWORD",
        "mật khẩu cổng *ở đâu*; xem [mã PIN và mật khẩu](ma-pin.md)",
        "env:PORTAL_PASSWORD",
        option=False,
    ),
    Variable("TOKEN_PIN", "mã PIN của token *ở đâu*, hoặc `ask:`", "env:TOKEN_PIN", option=False),
    Variable("TOKEN_MODULE", "tệp trình điều khiển PKCS#11", otherwise="tự tìm"),
    Variable(
        "TOKEN_SERIAL",
        "token nào, khi cắm nhiều token; `chukyso tokens` liệt kê số sê-ri",
        otherwise="token duy nhất",
    ),
    Variable(
        "CERT_SERIAL",
        "chứng thư số mới nào",
        otherwise="còn hiệu lực, đúng mã số thuế, hết hạn muộn nhất và chưa đăng ký",
    ),
    Variable(
        "CAPTCHA",
        "`operator`: người vận hành nhập mã kiểm tra; `sandbox`: chỉ khi diễn tập",
        otherwise="theo cấu hình",
        kind=one_of("operator", "sandbox"),
    ),
    Variable(
        "CONTACT_EMAIL",
        "thư điện tử mà tờ khai phải hiện; khác thì dừng trước khi gửi",
        otherwise="chỉ ghi lại, không so",
    ),
    Variable(
        "CONTACT_PHONE",
        "điện thoại mà tờ khai phải hiện; khác thì dừng trước khi gửi",
        otherwise="chỉ ghi lại, không so",
    ),
    Variable("DRY_RUN", "`True`: dừng sau Hình 3, không gửi gì", "False", kind=switch, blank=False),
    Variable(
        "LOOKED",
        "đã xem gì trên cổng: không phải chờ lần gửi trước chưa rõ kết quả; lời này được lưu trong bằng chứng",
        otherwise="chờ, hoặc dừng với `SUBMISSION_PENDING`",
    ),
    Variable("HEADLESS", "`False`: nhìn thấy trình duyệt; `True`: không", otherwise="theo cấu hình", kind=switch),
    Variable(
        "BROWSER_DATA",
        "thư mục dữ liệu riêng của trình duyệt đã cài tiện ích mở rộng ký số của cổng (`signer.kind = client`)",
        otherwise="diễn tập: thư mục tạm",
    ),
    Variable(
        "WINDOWS",
        "`operator`: người vận hành tự bấm các cửa sổ của chương trình ký, lần chạy chỉ xem, đối chiếu và chụp",
        "run",
        kind=one_of("run", "operator"),
    ),
    Variable(
        "PRIVACY",
        "`masked`: che thư điện tử, điện thoại, số định danh trong hình, biên bản và nhật ký",
        "full",
        kind=one_of("full", "masked"),
    ),
    Variable("STRICT_FIGURES", "`True`: dừng khi một hình khác hình mẫu, chừng nào chưa gửi gì", "False", kind=switch),
    Variable(
        "MAILBOX",
        "[hộp thư nhận kết quả](thu-ket-qua.md): `imaps://TÊN@MÁY_CHỦ/THƯ_MỤC`",
        otherwise="không tìm thư",
    ),
    Variable("MAIL_PASSWORD", "mật khẩu hộp thư *ở đâu*", "env:MAIL_PASSWORD", option=False),
    Variable("MAIL_WAIT", "chờ thư bao lâu", "20 s", option=False),
    Variable(
        "SEAL",
        "`off`: không làm bản PDF niêm phong",
        "auto",
        "`auto`: diễn tập thì dùng khóa của sandbox",
        kind=one_of("auto", "off"),
    ),
    Variable("SEAL_MODULE", "tệp trình điều khiển PKCS#11 của token dùng để niêm phong", otherwise="tự tìm"),
    Variable("SEAL_TOKEN_SERIAL", "token nào dùng để niêm phong", otherwise="token duy nhất"),
    Variable("SEAL_CERT_SERIAL", "chứng thư số nào dùng để niêm phong", otherwise="tự tìm"),
    Variable("SEAL_PIN", "mã PIN của token dùng để niêm phong *ở đâu*", "env:SEAL_PIN"),
    Variable("TSA_URL", "máy chủ dấu thời gian", otherwise="không đóng dấu thời gian"),
    Variable("SANDBOX", "tệp trạng thái của một sandbox đang chạy", otherwise="mở sandbox mới", option=False),
)
DEFAULTS: Final = {variable.name: variable.default for variable in VARIABLES}
OPTIONS: Final = {variable.key: variable for variable in VARIABLES if variable.option}
"""What ``Set Up Run`` takes, by its name in Python."""


HANDED_ON: Final[Mapping[str, object]] = {
    "RUN": None,  # the checked options
    "BROWSER_IS_OPEN": False,
    "PORTAL_CONTEXT": None,  # id of the browser context with the portal's page
    "PASSWORD_SECRET": None,
    "MAIL_SECRET": None,
    "TOKEN": None,
    "PIN_IS_ASKED": False,
    "PIN_BY_PERSON": False,
    "PIN_SECRET": None,
    "PIN_FALLBACK": "",  # where the sandbox keeps the PIN that it made up
    "SEAL_PIN_FALLBACK": "",
    "REGISTERED_SERIAL": None,  # of the certificate that the form shows as registered
    "CHOICE": None,  # the new certificate, and why it was chosen
    "CONTACT": None,  # what the form submits along
    "CLIENT_DESKTOP": None,  # where the windows of the sandbox's signing client are
    "PERSON_IS_FASTER": False,  # a person presses the last button, and nothing holds it back
    "SIGNING_WINDOW": None,  # the window of the signer that is open
}
"""What the keywords of a run hand on to each other, with the scope of its test. ``--variable`` cannot give them."""


def get_variables() -> dict[str, object]:
    """For Robot Framework: all of them."""
    return {**DEFAULTS, **HANDED_ON}
