"""Why a signature is refused: one stable code per reason, with the Vietnamese sentence people read."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """A reason for refusing a signed document; the value is the stable code."""

    message: str

    def __new__(cls, code: str, message: str) -> Refusal:
        member = str.__new__(cls, code)
        member._value_ = code
        member.message = message
        return member

    # The document as XML
    SIG_TOO_LARGE = "SIG_TOO_LARGE", "Tài liệu quá lớn hoặc lồng quá nhiều cấp."
    SIG_MALFORMED = "SIG_MALFORMED", "Tài liệu không phải XML hợp lệ."
    SIG_TRAILING_DATA = "SIG_TRAILING_DATA", "Có dữ liệu thừa sau tài liệu."
    SIG_DTD = "SIG_DTD", "Tài liệu chứa DTD hoặc thực thể, không được phép."
    SIG_COMMENT = "SIG_COMMENT", "Tài liệu chứa chú thích hoặc chỉ thị xử lý, không được phép."
    SIG_DUPLICATE_ID = "SIG_DUPLICATE_ID", "Tài liệu có hai phần tử trùng mã Id."

    # Where the signature is, and how it is built
    SIG_MISSING = "SIG_MISSING", "Tài liệu chưa được ký."
    SIG_MULTIPLE = "SIG_MULTIPLE", "Tài liệu có nhiều hơn một chữ ký."
    SIG_WRAPPED = "SIG_WRAPPED", "Chữ ký không nằm đúng vị trí quy định trong tài liệu."
    SIG_STRUCTURE = "SIG_STRUCTURE", "Chữ ký có thành phần không được phép."
    SIG_SIGNED_INFO = "SIG_SIGNED_INFO", "Chữ ký phải có đúng một phần SignedInfo."
    SIG_REFERENCE = "SIG_REFERENCE", "Chữ ký không ký đúng các phần quy định của tài liệu."
    SIG_EXTERNAL_REFERENCE = "SIG_EXTERNAL_REFERENCE", "Chữ ký tham chiếu dữ liệu bên ngoài tài liệu."
    SIG_TRANSFORM = "SIG_TRANSFORM", "Chữ ký dùng phép biến đổi không được phép."
    SIG_ALGORITHM = "SIG_ALGORITHM", "Chữ ký dùng thuật toán không được phép."
    SIG_KEYINFO = "SIG_KEYINFO", "Thông tin chứng thư số trong chữ ký không đúng quy định."
    SIG_KEY_VALUE = "SIG_KEY_VALUE", "Chữ ký kèm khóa rời thay vì chỉ kèm chứng thư số."
    SIG_WEAK_KEY = "SIG_WEAK_KEY", "Khóa của chứng thư số không đủ mạnh (RSA phải từ 2048 bit)."
    SIG_OTHER_CERTIFICATE = "SIG_OTHER_CERTIFICATE", "Chữ ký dùng chứng thư số khác với chứng thư số đã chọn."

    # What the mathematics says
    SIG_BROKEN = "SIG_BROKEN", "Chữ ký số không hợp lệ."
    SIG_DIGEST = "SIG_DIGEST", "Nội dung tài liệu đã bị thay đổi sau khi ký."

    # When it was signed
    SIG_TIME = "SIG_TIME", "Thời điểm ký không đọc được."
    SIG_TIME_OUTSIDE_VALIDITY = (
        "SIG_TIME_OUTSIDE_VALIDITY",
        "Thời điểm ký nằm ngoài thời hạn hiệu lực của chứng thư số.",
    )
    SIG_TIME_SKEW = "SIG_TIME_SKEW", "Thời điểm ký lệch quá nhiều so với giờ của hệ thống."

    # The certificate
    CERT_MST_MISSING = "CERT_MST_MISSING", "Chứng thư số không có mã số thuế ở đúng trường quy định."
    CERT_MST_DOUBLED = "CERT_MST_DOUBLED", "Chứng thư số có nhiều hơn một mã số thuế."
    CERT_MST_MALFORMED = "CERT_MST_MALFORMED", "Mã số thuế trên chứng thư số không đúng dạng."
    CERT_EXPIRED = "CERT_EXPIRED", "Chứng thư số đã hết hạn."
    CERT_NOT_YET_VALID = "CERT_NOT_YET_VALID", "Chứng thư số chưa tới hạn sử dụng."
    CERT_KEY_USAGE = "CERT_KEY_USAGE", "Chứng thư số không được cấp để ký số."
    CERT_SELF_SIGNED = "CERT_SELF_SIGNED", "Chứng thư số tự ký, không do tổ chức chứng thực cấp."
    CERT_UNTRUSTED = "CERT_UNTRUSTED", "Chứng thư số không do tổ chức chứng thực được tin cậy cấp."
    CERT_WEAK_ALGORITHM = "CERT_WEAK_ALGORITHM", "Chứng thư số được cấp bằng thuật toán không còn an toàn."
    CERT_REVOKED = "CERT_REVOKED", "Chứng thư số đã bị thu hồi."
    CERT_REVOCATION_STALE = "CERT_REVOCATION_STALE", "Thông tin thu hồi chứng thư số (CRL, OCSP) đã quá hạn."
    CERT_REVOCATION_UNKNOWN = (
        "CERT_REVOCATION_UNKNOWN",
        "Không xác định được chứng thư số có bị thu hồi hay không (CRL, OCSP).",
    )


class SignatureRefused(Exception):  # noqa: N818 - the name says what happened; nothing failed
    """A signed document, or its certificate, is refused.

    Args:
        refusal: Which reason.
        detail: Technical detail in English, for the log.
    """

    def __init__(self, refusal: Refusal, detail: str) -> None:
        self.refusal = refusal
        self.detail = detail
        super().__init__(f"[{refusal.value}] {detail}")

    @property
    def message(self) -> str:
        """The Vietnamese sentence for people."""
        return self.refusal.message
