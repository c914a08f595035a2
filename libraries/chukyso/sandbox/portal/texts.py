"""Every sentence that the portal says, in Vietnamese (NFC), and its own refusals with their stable codes.

Refusals of a signature or a certificate path come with their own code and text from ``chukyso.signature``.
Sentences marked "facts" are the real portal's own words; those marked "analogue" follow another Vietnamese
signing system's words (facts, section 3); all others are the sandbox's choice, because the real ones are not known.
"""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import NamedTuple

# The guide's sentence, letter for letter; it is part of the signed document.
COMMITMENT = (
    "Cơ quan/tổ chức tôi cam kết hoàn toàn chịu trách nhiệm trước pháp luật về tính chính xác, trung thực"
    " của nội dung nêu trên"
)
NOTICE_TITLE = "Thay đổi thông tin thành công"
NOTICE_MESSAGE = (
    "BHXH Việt Nam đã xác nhận thay đổi thông tin chữ ký số của {name} (mã số thuế {tax_code})."
    " Thông báo chấp nhận được gửi tới địa chỉ thư điện tử {email}."
)


class ProblemSpec(NamedTuple):
    """A refusal: status of the answer and what the page shows."""

    status: HTTPStatus
    message: str


_BAD, _CONFLICT, _GONE = HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNAUTHORIZED
_REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


class Problem(Enum):
    """Every refusal that is the portal's own; the member's name is the code that the page gets."""

    # Login
    CAPTCHA_WRONG = ProblemSpec(_BAD, "Mã kiểm tra không chính xác")  # facts
    LOGIN_WRONG = ProblemSpec(_BAD, "Tài khoản hoặc mật khẩu không chính xác.")  # facts
    LOGIN_TYPE_REFUSED = ProblemSpec(
        _BAD, "Chỉ tài khoản tổ chức được thay đổi thông tin chữ ký số. Vui lòng chọn Tổ chức."
    )
    IDENTITY_UNKNOWN = ProblemSpec(_BAD, "Tài khoản định danh điện tử này chưa được liên kết với đơn vị nào.")
    ACCOUNT_LOCKED = ProblemSpec(
        HTTPStatus.FORBIDDEN, "Tài khoản đã bị khóa. Vui lòng liên hệ cơ quan BHXH quản lý để được mở khóa."
    )
    LOGIN_REQUIRED = ProblemSpec(_GONE, "Vui lòng đăng nhập để tiếp tục.")
    SESSION_EXPIRED = ProblemSpec(_GONE, "Phiên làm việc đã hết hạn. Vui lòng đăng nhập lại.")
    UNIT_REQUIRED = ProblemSpec(_CONFLICT, "Vui lòng chọn đơn vị trước khi tiếp tục.")
    UNIT_UNKNOWN = ProblemSpec(_BAD, "Đơn vị không thuộc tài khoản đang đăng nhập.")

    # Preparing a change
    COMMITMENT_MISSING = ProblemSpec(_BAD, "Vui lòng tích vào ô cam kết trước khi đăng ký thay đổi thông tin.")
    CERT_UNREADABLE = ProblemSpec(_BAD, "Chứng thư số không đọc được.")
    CERT_MST = ProblemSpec(
        _REFUSED, "Mã số thuế trên chứng thư số phải trùng với mã số thuế đang đăng nhập."
    )  # analogue
    CERT_ALREADY_REGISTERED = ProblemSpec(_CONFLICT, "Chứng thư số này đang được đăng ký, không có gì để thay đổi.")
    EMAIL_INVALID = ProblemSpec(_BAD, "Địa chỉ thư điện tử không hợp lệ.")
    PHONE_INVALID = ProblemSpec(_BAD, "Số điện thoại không hợp lệ.")

    # Submitting it
    NOT_PREPARED = ProblemSpec(_CONFLICT, "Phiên làm việc này chưa đăng ký thay đổi thông tin nào.")
    NONCE_USED = ProblemSpec(_CONFLICT, "Yêu cầu thay đổi này đã được gửi. Vui lòng đăng ký lại từ đầu.")
    DOCUMENT_EXPIRED = ProblemSpec(_CONFLICT, "Yêu cầu thay đổi đã quá thời gian ký. Vui lòng đăng ký lại.")
    DOCUMENT_MISMATCH = ProblemSpec(_REFUSED, "Nội dung đã ký không phải là nội dung mà hệ thống yêu cầu ký.")
    CERT_OTHER = ProblemSpec(_REFUSED, "Chứng thư số dùng để ký không phải là chứng thư số đã đăng ký thay đổi.")
    REGISTRATION_CHANGED = ProblemSpec(
        _CONFLICT, "Chứng thư số đang đăng ký đã thay đổi trong lúc ký. Vui lòng đăng ký lại."
    )
    CHANGE_UNKNOWN = ProblemSpec(HTTPStatus.NOT_FOUND, "Không tìm thấy hồ sơ thay đổi này.")

    # Requests that the page never makes
    JSON_REQUIRED = ProblemSpec(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Yêu cầu phải ở dạng JSON.")
    REQUEST_MALFORMED = ProblemSpec(_BAD, "Yêu cầu không đúng định dạng.")
    REQUEST_TOO_LARGE = ProblemSpec(HTTPStatus(413), "Yêu cầu vượt quá dung lượng cho phép.")
    NOT_FOUND = ProblemSpec(HTTPStatus.NOT_FOUND, "Không tìm thấy trang yêu cầu.")
    METHOD_NOT_ALLOWED = ProblemSpec(HTTPStatus.METHOD_NOT_ALLOWED, "Phương thức không được hỗ trợ.")
    INTERNAL_ERROR = ProblemSpec(HTTPStatus.INTERNAL_SERVER_ERROR, "Hệ thống đang bận. Vui lòng thử lại sau.")


class Refused(Exception):  # noqa: N818 - reads as what happened: the portal refused
    """The portal says no.

    Args:
        code: Stable code for the page.
        message: Vietnamese sentence for the page.
        status: HTTP status of the answer.
        detail: English, for the log only. Never a secret.
    """

    def __init__(self, code: str, message: str, status: int, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.message, self.status, self.detail = code, message, status, detail

    @classmethod
    def because(cls, problem: Problem, detail: str = "") -> Refused:
        """A refusal of the portal's own."""
        return cls(problem.name, problem.value.message, problem.value.status, detail)
