"""Error codes: one table of what can go wrong, what the operator reads, and what may follow.

A code is stable: operators, ledgers and reports refer to it. The Vietnamese sentences are for the operator; the
technical detail is English and goes to the log. No message ever carries a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Outcome(StrEnum):
    """How a run ended for the account."""

    UPDATED = "updated"
    ALREADY_REGISTERED = "already-registered"
    DRY_RUN = "dry-run"
    REJECTED = "rejected"
    STOPPED = "stopped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """What may follow an error.

    ``BUSINESS`` needs a person and is never retried; ``APPLICATION`` happened before the submission and may be retried;
    ``UNKNOWN`` happened after the point of no return and is reconciled, never resubmitted blindly.
    """

    BUSINESS = "business"
    APPLICATION = "application"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ErrorSpec:
    """What an error code means.

    Attributes:
        outcome: The run's outcome when this error ends it.
        happened: One Vietnamese sentence, what happened. May name context fields in braces.
        action: One Vietnamese sentence, what the operator does now.
        family: What may follow; by default read off the outcome.
    """

    outcome: Outcome
    happened: str
    action: str

    @property
    def family(self) -> Family:
        if self.outcome is Outcome.UNKNOWN:
            return Family.UNKNOWN
        return Family.APPLICATION if self.outcome is Outcome.FAILED else Family.BUSINESS


_STOP, _FAIL, _REJECT = Outcome.STOPPED, Outcome.FAILED, Outcome.REJECTED


class Code(Enum):
    """Every error code of the product; the member's name is the code."""

    # What the operator gave
    MST_INVALID = ErrorSpec(_STOP, "Mã số thuế “{mst}” không hợp lệ: {reason}.", "Kiểm tra lại biến TAX_CODE.")
    OPTION_INVALID = ErrorSpec(_STOP, "Giá trị của {name} không hợp lệ: {reason}.", "Sửa giá trị rồi chạy lại.")
    OPTION_UNKNOWN = ErrorSpec(
        _STOP,
        "Không có biến nào tên là “{name}” ({hint}).",
        "Sửa tên biến sau --variable rồi chạy lại; README.md liệt kê mọi biến.",
    )
    PROFILE_UNKNOWN = ErrorSpec(
        _STOP,
        "Không có cấu hình cổng “{profile}”.",
        "Dùng sandbox, bhxh hoặc đường dẫn tới một tệp cấu hình TOML.",
    )
    PROFILE_INVALID = ErrorSpec(
        _STOP,
        "Tệp cấu hình “{profile}” không đọc được: {reason}.",
        "Sửa tệp theo mẫu variables/sandbox.toml.",
    )
    PROFILE_INCOMPLETE = ErrorSpec(
        _STOP,
        "Cấu hình “{profile}” chưa có giá trị cho “{key}”.",
        "Điền giá trị này vào tệp cấu hình; xem docs/profiles.md.",
    )
    SECRET_REFERENCE_INVALID = ErrorSpec(
        _STOP,
        "{name} phải là một tham chiếu, không phải chính mật khẩu hay mã PIN.",
        "Dùng env:TÊN, file:ĐƯỜNG_DẪN, keyring:DỊCH_VỤ/TÊN hoặc vault:ĐƯỜNG_DẪN#KHÓA; riêng mã PIN có thể là ask:.",
    )
    SECRET_UNREADABLE = ErrorSpec(
        _STOP, "Không đọc được {name} từ {reference}.", "Kiểm tra nơi lưu và quyền đọc, rồi chạy lại."
    )
    OUTPUT_NOT_WRITABLE = ErrorSpec(
        _STOP,
        "Không ghi được vào thư mục kết quả “{path}”.",
        "Chọn thư mục khác bằng --outputdir hoặc cấp quyền ghi.",
    )
    OUTPUT_IN_USE = ErrorSpec(
        _STOP,
        "Một lần chạy khác ({holder}) đang dùng thư mục kết quả “{path}”.",
        "Chờ lần chạy kia kết thúc, hoặc chọn thư mục khác bằng --outputdir.",
    )
    OUTPUT_DISK_FULL = ErrorSpec(
        _FAIL, "Không ghi được bằng chứng “{path}”: ổ đĩa đầy hoặc lỗi ghi.", "Giải phóng ổ đĩa rồi chạy lại."
    )

    # This machine
    BROWSER_MISSING = ErrorSpec(
        _STOP,
        "Không tìm thấy Chrome, Edge hay Chromium.",
        "Cài một trình duyệt hoặc chạy python3 bootstrap.py setup.",
    )
    BROWSER_FAILED = ErrorSpec(_FAIL, "Trình duyệt không khởi động được.", "Xem chi tiết trong log.html rồi chạy lại.")
    SOFTHSM_MISSING = ErrorSpec(
        _STOP, "Không tìm thấy SoftHSM2 cho sandbox.", "Cài SoftHSM2 hoặc chạy python3 bootstrap.py setup."
    )
    SANDBOX_FAILED = ErrorSpec(_FAIL, "Sandbox không khởi động được: {reason}.", "Xem chi tiết kỹ thuật rồi chạy lại.")
    SANDBOX_UNREACHABLE = ErrorSpec(
        _STOP,
        "Biến SANDBOX chỉ tới “{path}”, nhưng đó không phải là thông tin của một sandbox đang chạy: {reason}.",
        "Bỏ biến SANDBOX để chương trình tự mở một sandbox, hoặc chỉ đúng tệp trạng thái của sandbox đang chạy.",
    )
    MODULE_NOT_FOUND = ErrorSpec(
        _STOP,
        "Không tìm thấy trình điều khiển PKCS#11 “{module}”.",
        "Cài trình điều khiển của nhà cung cấp chữ ký số hoặc chỉ đúng tệp bằng TOKEN_MODULE.",
    )
    MODULE_WRONG_MACHINE = ErrorSpec(
        _STOP,
        "Trình điều khiển “{module}” dành cho {found}, chương trình này chạy {expected}.",
        "Dùng bản trình điều khiển cùng loại 32/64 bit với Python.",
    )
    MODULE_LOAD_FAILED = ErrorSpec(
        _STOP,
        "Không nạp được trình điều khiển “{module}”.",
        "Cài lại trình điều khiển của nhà cung cấp chữ ký số.",
    )

    # Token and PIN
    TOKEN_NOT_FOUND = ErrorSpec(
        _STOP,
        "Không tìm thấy token {serial}.",
        "Cắm USB Token vào máy, xem lại TOKEN_SERIAL nếu có, rồi chạy lại; lệnh chukyso tokens cho biết máy thấy gì.",
    )
    SERVICE_SESSION = ErrorSpec(
        _STOP,
        "Chương trình chạy trong phiên dịch vụ của Windows (session 0), nơi không thấy token nào.",
        "Chạy trong phiên của người dùng đã đăng nhập (Task Scheduler: “Run only when user is logged on”).",
    )
    TOKEN_AMBIGUOUS = ErrorSpec(
        _STOP,
        "Có {count} token đang cắm ({serials}).",
        "Chỉ rõ một token bằng TOKEN_SERIAL hoặc rút bớt token.",
    )
    TOKEN_GONE = ErrorSpec(_FAIL, "Token đã bị rút hoặc bị thay giữa chừng.", "Cắm lại đúng token rồi chạy lại từ đầu.")
    TOKEN_TIMEOUT = ErrorSpec(_FAIL, "Token không trả lời trong {seconds} giây.", "Rút ra, cắm lại token rồi chạy lại.")
    TOKEN_ERROR = ErrorSpec(_FAIL, "Token báo lỗi {ckr}.", "Xem chi tiết trong log.html; hỏi nhà cung cấp token.")
    TOKEN_NOT_READY = ErrorSpec(_STOP, "Token {serial} chưa được khởi tạo mã PIN.", "Liên hệ nhà cung cấp chữ ký số.")
    PIN_INCORRECT = ErrorSpec(
        _STOP,
        "Mã PIN không đúng; đã dùng đúng một lần thử.",
        "Kiểm tra mã PIN (Caps Lock, bộ gõ tiếng Việt) trước khi chạy lại; không tự thử lại.",
    )
    PIN_LOCKED = ErrorSpec(_STOP, "Mã PIN của token đã bị khóa.", "Liên hệ nhà cung cấp chữ ký số để mở khóa.")
    PIN_FINAL_TRY = ErrorSpec(
        _STOP,
        "Token chỉ còn một lần thử mã PIN.",
        "Không chạy tự động; đăng nhập token bằng công cụ của nhà cung cấp.",
    )
    PIN_COUNT_LOW = ErrorSpec(
        _STOP,
        "Token đã bị nhập sai mã PIN trước đó.",
        "Không chạy tự động; nhập đúng mã PIN một lần bằng công cụ của nhà cung cấp rồi chạy lại.",
    )
    PIN_LENGTH = ErrorSpec(_STOP, "Độ dài mã PIN không nằm trong giới hạn của token.", "Kiểm tra lại mã PIN đã lưu.")
    PIN_REFUSED = ErrorSpec(
        _STOP,
        "Token không chấp nhận mã PIN ({ckr}).",
        "Mở công cụ của nhà cung cấp để đổi hoặc mở khóa mã PIN.",
    )
    PINENTRY_MISSING = ErrorSpec(
        _STOP,
        "Không tìm thấy chương trình hỏi mã PIN (pinentry).",
        "Cài pinentry: Debian, Ubuntu “apt install pinentry-gnome3” hoặc “pinentry-curses”, Windows cài Gpg4win, macOS"
        " “brew install pinentry-mac”; hoặc chỉ đúng tệp bằng biến môi trường CHUKYSO_PINENTRY.",
    )
    PINENTRY_FAILED = ErrorSpec(
        _FAIL,
        "Không mở được cửa sổ hỏi mã PIN: {reason}.",
        "Chạy trong một cửa sổ dòng lệnh hoặc trên màn hình làm việc, rồi chạy lại; mã PIN chưa được dùng.",
    )
    PIN_FAILED_BEFORE = ErrorSpec(
        _STOP,
        "Token {serial} đã từ chối chính mã PIN này lúc {date} nên mã PIN không được thử lại.",
        "Sửa mã PIN đã lưu. Nếu chắc chắn mã PIN đúng, xóa ghi nhớ bằng lệnh chukyso pin forget SỐ_TOKEN rồi chạy lại.",
    )
    PIN_MEMORY_UNREADABLE = ErrorSpec(
        _STOP,
        "Không dùng được sổ ghi mã PIN sai “{path}”: {reason}.",
        "Sửa quyền đọc ghi, hoặc xóa tệp này nếu chấp nhận quên mọi mã PIN sai, rồi chạy lại; mã PIN chưa được dùng.",
    )
    LOGIN_NOT_OURS = ErrorSpec(
        _STOP,
        "Token đang được một chương trình khác đăng nhập.",
        "Đóng các chương trình ký số khác rồi chạy lại.",
    )

    # Certificate
    CERT_NOT_FOUND = ErrorSpec(
        _STOP,
        "Token không có chứng thư số của mã số thuế {mst}.",
        "Cắm đúng token của đơn vị hoặc xem lại TAX_CODE.",
    )
    CERT_SERIAL_NOT_FOUND = ErrorSpec(
        _STOP, "Token không có chứng thư số với số sê-ri {serial}.", "Kiểm tra lại biến CERT_SERIAL."
    )
    CERT_EXPIRED = ErrorSpec(
        _STOP,
        "Chứng thư số {serial} đã hết hạn ngày {date}.",
        "Gia hạn chứng thư số tại nhà cung cấp rồi chạy lại.",
    )
    CERT_NOT_YET_VALID = ErrorSpec(
        _STOP,
        "Chứng thư số {serial} chưa tới hạn sử dụng (từ {date}).",
        "Chờ tới ngày hiệu lực hoặc xem lại đồng hồ máy.",
    )
    CERT_MST_MISMATCH = ErrorSpec(
        _STOP,
        "Mã số thuế trên chứng thư số ({found}) không trùng với mã số thuế đăng nhập ({expected}).",
        "Cắm đúng token của đơn vị.",
    )
    CERT_UNREADABLE = ErrorSpec(
        _STOP, "Chứng thư số trên token không đọc được: {reason}.", "Liên hệ nhà cung cấp chữ ký số."
    )
    CERT_KEY_MISSING = ErrorSpec(
        _STOP, "Token không có khóa bí mật đi cùng chứng thư số {serial}.", "Liên hệ nhà cung cấp chữ ký số."
    )
    CERT_KEY_UNSUPPORTED = ErrorSpec(
        _STOP,
        "Khóa của chứng thư số {serial} không được hỗ trợ ({reason}).",
        "Liên hệ nhà cung cấp chữ ký số.",
    )
    CERT_REVOKED = ErrorSpec(
        _STOP, "Chứng thư số {serial} đã bị thu hồi hoặc tạm dừng.", "Không ký; liên hệ nhà cung cấp chữ ký số."
    )
    CERT_UNTRUSTED = ErrorSpec(
        _STOP, "Không tin được chứng thư số {serial}: {reason}.", "Kiểm tra token và mục [trust] của tệp cấu hình."
    )
    CERT_KEY_USAGE = ErrorSpec(
        _STOP, "Chứng thư số {serial} không được cấp để ký số.", "Liên hệ nhà cung cấp chữ ký số."
    )
    CERT_REVOCATION_UNKNOWN = ErrorSpec(
        _FAIL, "Không rõ chứng thư số {serial} đã bị thu hồi chưa: {reason}.", "Kiểm tra mạng rồi chạy lại."
    )
    CERT_KEY_MISMATCH = ErrorSpec(
        _STOP, "Khóa trên token không phải là khóa của chứng thư số {serial}.", "Liên hệ nhà cung cấp chữ ký số."
    )
    HASH_REFUSED = ErrorSpec(
        _STOP, "Không ký mã băm {hash}: thuật toán này không được chấp nhận.", "Trang web phải dùng SHA-256 trở lên."
    )

    # Signing agent
    REQUEST_NOT_OURS = ErrorSpec(
        _STOP,
        "Yêu cầu ký không phải của lần chạy này: {reason}.",
        "Không ký. Đóng các trang lạ rồi chạy lại.",
    )
    WINDOW_MISMATCH = ErrorSpec(
        _STOP,
        "Cửa sổ chứng thư số hiện {found}, tờ khai ghi {expected}.",
        "Không bấm OK. Kiểm tra token và chạy lại.",
    )
    SIGNING_CANCELLED = ErrorSpec(_STOP, "Người dùng đã hủy ở cửa sổ {window}.", "Chạy lại khi sẵn sàng ký.")
    SIGNING_TIMEOUT = ErrorSpec(_STOP, "Không có xác nhận ký trong {seconds} giây.", "Chạy lại và xác nhận kịp thời.")
    SIGNING_NOT_REQUESTED = ErrorSpec(
        _FAIL, "Trang không gửi yêu cầu ký trong {seconds} giây.", "Xem log.html; cổng có thể đã thay đổi."
    )
    SIGNING_PENDING = ErrorSpec(
        _FAIL, "Yêu cầu ký vẫn đang chạy sau {seconds} giây; chưa biết kết quả.", "Xem trên cổng chữ ký đã tới chưa."
    )
    PIN_TRY_USED = ErrorSpec(
        _STOP, "Mã PIN đã bị nhập sai nên bộ ký số không hỏi nữa.", "Kiểm tra mã PIN, rồi khởi động lại bộ ký số."
    )
    WINDOWS_MUTED = ErrorSpec(
        _STOP, "Cửa sổ ký của {origin} bị bỏ qua nhiều lần.", "Nếu đúng trang cần ký, khởi động lại bộ ký số."
    )
    AGENT_PORT_TAKEN = ErrorSpec(
        _STOP, "Cổng TCP {port} đã có chương trình dùng.", "Đóng chương trình đó hoặc chọn cổng khác bằng --port."
    )
    SIGNATURE_INVALID = ErrorSpec(
        _FAIL,
        "Chữ ký do token tạo ra không đúng nên không được gửi đi.",
        "Thử token khác hoặc hỏi nhà cung cấp.",
    )
    SIGNATURE_NOT_PASSED = ErrorSpec(
        _STOP,
        "Chữ ký của tài liệu không đạt ({verdict}): {reason}",
        "Không dùng tài liệu này. Xem chi tiết trong log.html; docs/verification.md giải thích từng kết luận.",
    )
    DOCUMENT_INVALID = ErrorSpec(
        _STOP, "Tài liệu cần ký không hợp lệ: {reason}.", "Không ký. Xem chi tiết trong log.html."
    )
    AGENT_FAILED = ErrorSpec(_FAIL, "Bộ ký số không hoạt động: {reason}.", "Chạy lại; nếu còn lỗi, xem log.html.")
    SIGNER_UNSUPPORTED = ErrorSpec(
        _STOP,
        "Cấu hình dùng cửa sổ ký của nhà cung cấp (signer = window), bản này chưa hỗ trợ.",
        "Chưa gửi gì. Hãy làm bốn bước bằng tay trên cổng; xem docs/profiles.md.",
    )

    # Portal
    LOGIN_FAILED = ErrorSpec(
        _STOP,
        "Tài khoản hoặc mật khẩu không chính xác.",
        "Kiểm tra TAX_CODE và mật khẩu đã lưu; không tự thử lại.",
    )
    ACCOUNT_LOCKED = ErrorSpec(_STOP, "Tài khoản trên cổng đang bị khóa.", "Mở khóa tài khoản trên cổng rồi chạy lại.")
    CAPTCHA_FAILED = ErrorSpec(_STOP, "Mã kiểm tra sai {tries} lần.", "Chạy lại và nhập đúng mã kiểm tra.")
    CAPTCHA_TIMEOUT = ErrorSpec(
        _STOP, "Không có ai nhập mã kiểm tra trong {seconds} giây.", "Chạy lại khi có người ngồi trước máy."
    )
    CAPTCHA_NO_TERMINAL = ErrorSpec(
        _STOP,
        "Không hỏi được mã kiểm tra: chương trình không có cửa sổ dòng lệnh để gõ vào.",
        "Chạy trong một cửa sổ dòng lệnh, hoặc thêm --variable HEADLESS:False để nhập mã ngay trên trang.",
    )
    UNIT_REQUIRED = ErrorSpec(_STOP, "Tài khoản có {count} đơn vị: {units}.", "Chọn một đơn vị bằng biến UNIT_CODE.")
    UNIT_UNKNOWN = ErrorSpec(_STOP, "Tài khoản không có đơn vị “{unit}” (có: {units}).", "Kiểm tra lại UNIT_CODE.")
    SESSION_EXPIRED = ErrorSpec(_FAIL, "Phiên đăng nhập đã hết hạn giữa chừng.", "Chạy lại; chưa có gì được gửi đi.")
    PORTAL_UNREACHABLE = ErrorSpec(_FAIL, "Không kết nối được tới cổng {url}.", "Kiểm tra mạng rồi chạy lại.")
    PORTAL_ERROR = ErrorSpec(_FAIL, "Cổng báo lỗi: {text}", "Chạy lại sau ít phút; chưa có gì được gửi đi.")
    PORTAL_TIMEOUT = ErrorSpec(_FAIL, "Cổng không trả lời trong {seconds} giây.", "Chạy lại sau ít phút.")
    PORTAL_CHANGED = ErrorSpec(
        _FAIL, "Không tìm thấy “{what}” trên trang.", "Cổng có thể đã thay đổi; báo cho người bảo trì."
    )
    REVIEW_MISMATCH = ErrorSpec(
        _STOP,
        "Thông tin trên tờ khai không khớp với token: {field} là “{found}”, phải là “{expected}”.",
        "Chưa gửi gì. Kiểm tra token và tờ khai.",
    )
    CONTACT_MISMATCH = ErrorSpec(
        _STOP,
        "Thông tin liên hệ trên tờ khai không đúng: {field} là “{found}”, phải là “{expected}”.",
        "Chưa gửi gì. Sửa thông tin liên hệ trên cổng hoặc xem lại biến.",
    )
    BOX_NOT_TICKED = ErrorSpec(
        _STOP, "Chưa tích vào ô cam kết nên cổng không cho đăng ký.", "Tích vào ô cam kết rồi đăng ký lại."
    )
    PORTAL_REJECTED = ErrorSpec(_REJECT, "Cổng từ chối thay đổi: {text}", "Xử lý theo lý do của cổng rồi chạy lại.")
    SUBMISSION_UNKNOWN = ErrorSpec(
        Outcome.UNKNOWN,
        "Đã gửi nhưng không nhận được kết quả: {reason}.",
        "Không gửi lại. Đăng nhập cổng, xem chứng thư số đang đăng ký; chỉ chạy lại khi vẫn là chứng thư số cũ.",
    )
    NOT_REGISTERED = ErrorSpec(
        _FAIL,
        "Cổng không ghi nhận thay đổi: chứng thư số đang đăng ký vẫn là {serial}.",
        "Đã đối chiếu bằng cách đăng nhập lại; có thể chạy lại.",
    )
    INTERRUPTED = ErrorSpec(_FAIL, "Người vận hành đã dừng chương trình.", "Chạy lại khi sẵn sàng.")
    UNEXPECTED = ErrorSpec(_FAIL, "Lỗi chưa lường trước.", "Xem log.html và báo cho người bảo trì.")


class ChukysoError(Exception):
    """An error with a stable code.

    ``str(error)`` is ``[CODE] what happened. what to do.`` in Vietnamese, for the operator; ``detail`` is English, for
    the log.

    Args:
        code: Which error.
        detail: Technical detail in English. Never a secret.
        context: Values for the placeholders of the code's Vietnamese sentence.
    """

    ROBOT_SUPPRESS_NAME = True  # the code says more than the class name

    def __init__(self, code: Code, detail: str = "", **context: object) -> None:
        self.code = code
        self.detail = detail
        self.context = context
        super().__init__(f"[{code.name}] {self.happened} {code.value.action}")

    @property
    def happened(self) -> str:
        """The Vietnamese sentence with the context filled in."""
        return self.code.value.happened.format(**self.context)

    @property
    def outcome(self) -> Outcome:
        return self.code.value.outcome
