"""Why a signature is refused: one stable code per reason, with the sentence people read, in Vietnamese and English."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # which itself refuses
    from chukyso.signature.trust import ValidatedPath

_log = logging.getLogger(__name__)


class Refusal(StrEnum):
    """A reason for refusing a signed document; the value is the stable code."""

    message: str
    english: str

    def __new__(cls, code: str, message: str, english: str) -> Refusal:
        member = str.__new__(cls, code)
        member._value_ = code
        member.message = message
        member.english = english
        return member

    # The document, before the signature is looked at
    SIG_TOO_LARGE = (
        "SIG_TOO_LARGE",
        "Tài liệu quá lớn hoặc lồng quá nhiều cấp.",
        "The document is too large or nested too deeply.",
    )
    SIG_MALFORMED = (
        "SIG_MALFORMED",
        "Tài liệu không phải XML hợp lệ.",
        "The document is not well-formed XML.",
    )
    SIG_MALFORMED_CMS = (
        "SIG_MALFORMED_CMS",
        "Tệp chữ ký không phải CMS (PKCS#7) hợp lệ.",
        "The signature file is not a CMS (PKCS#7) SignedData.",
    )
    SIG_TRAILING_DATA = (
        "SIG_TRAILING_DATA",
        "Có dữ liệu thừa sau tài liệu.",
        "There is data after the end of the document.",
    )
    SIG_DTD = (
        "SIG_DTD",
        "Tài liệu chứa DTD hoặc thực thể, không được phép.",
        "The document has a DTD or entities, which are not allowed.",
    )
    SIG_COMMENT = (
        "SIG_COMMENT",
        "Tài liệu chứa chú thích hoặc chỉ thị xử lý, không được phép.",
        "The document has comments or processing instructions, which are not allowed.",
    )
    SIG_DUPLICATE_ID = (
        "SIG_DUPLICATE_ID",
        "Tài liệu có hai phần tử trùng mã Id.",
        "Two elements of the document have the same Id.",
    )
    SIG_CONTENT_MISSING = (
        "SIG_CONTENT_MISSING",
        "Thiếu tệp gốc mà chữ ký rời ký lên.",
        "The file that the detached signature is over was not given.",
    )

    SIG_UNSUPPORTED = (
        "SIG_UNSUPPORTED",
        "Dạng chữ ký này chưa được hỗ trợ ở đây; chương trình khác có thể kiểm tra được.",
        "This form of signature is not supported here; another program may be able to verify it.",
    )

    SIG_UNREADABLE = (
        "SIG_UNREADABLE",
        "Tài liệu hoặc chữ ký có phần không đọc được.",
        "A part of the document or of its signature cannot be read.",
    )

    # Where the signature is, and how it is built
    SIG_MISSING = "SIG_MISSING", "Tài liệu chưa được ký.", "The document is not signed."
    SIG_MULTIPLE = (
        "SIG_MULTIPLE",
        "Tài liệu có nhiều hơn một chữ ký.",
        "The document has more than one signature.",
    )
    SIG_WRAPPED = (
        "SIG_WRAPPED",
        "Chữ ký không nằm đúng vị trí quy định trong tài liệu.",
        "The signature is not where it must be in the document.",
    )
    SIG_STRUCTURE = (
        "SIG_STRUCTURE",
        "Chữ ký có thành phần không được phép.",
        "The signature has parts that are not allowed.",
    )
    SIG_SIGNED_INFO = (
        "SIG_SIGNED_INFO",
        "Chữ ký phải có đúng một phần SignedInfo.",
        "The signature must have exactly one SignedInfo.",
    )
    SIG_REFERENCE = (
        "SIG_REFERENCE",
        "Chữ ký không ký đúng các phần quy định của tài liệu.",
        "The signature is not over the prescribed parts of the document.",
    )
    SIG_EXTERNAL_REFERENCE = (
        "SIG_EXTERNAL_REFERENCE",
        "Chữ ký tham chiếu dữ liệu bên ngoài tài liệu.",
        "The signature refers to data outside the document.",
    )
    SIG_TRANSFORM = (
        "SIG_TRANSFORM",
        "Chữ ký dùng phép biến đổi không được phép.",
        "The signature uses a transform that is not allowed.",
    )
    SIG_ALGORITHM = (
        "SIG_ALGORITHM",
        "Chữ ký dùng thuật toán không được phép.",
        "The signature uses an algorithm that is not allowed.",
    )
    SIG_KEYINFO = (
        "SIG_KEYINFO",
        "Thông tin chứng thư số trong chữ ký không đúng quy định.",
        "The certificates in the signature do not say clearly which of them signed.",
    )
    SIG_KEY_VALUE = (
        "SIG_KEY_VALUE",
        "Chữ ký kèm khóa rời thay vì chỉ kèm chứng thư số.",
        "The signature brings a bare key along instead of a certificate alone.",
    )
    SIG_WEAK_KEY = (
        "SIG_WEAK_KEY",
        "Khóa của chứng thư số không đủ mạnh (RSA phải từ 2048 bit).",
        "The certificate's key is too weak (RSA needs 2048 bits or more).",
    )
    SIG_OTHER_CERTIFICATE = (
        "SIG_OTHER_CERTIFICATE",
        "Chữ ký dùng chứng thư số khác với chứng thư số đã chọn.",
        "The signature was made with another certificate than the chosen one.",
    )

    # What the mathematics says
    SIG_BROKEN = "SIG_BROKEN", "Chữ ký số không hợp lệ.", "The signature value is not right for the certificate's key."
    SIG_DIGEST = (
        "SIG_DIGEST",
        "Nội dung tài liệu đã bị thay đổi sau khi ký.",
        "The content was changed after it was signed.",
    )

    # When it was signed
    SIG_TIME = "SIG_TIME", "Thời điểm ký không đọc được.", "The signing time cannot be read."
    SIG_TIME_OUTSIDE_VALIDITY = (
        "SIG_TIME_OUTSIDE_VALIDITY",
        "Thời điểm ký nằm ngoài thời hạn hiệu lực của chứng thư số.",
        "The signing time is outside the certificate's validity.",
    )
    SIG_TIME_SKEW = (
        "SIG_TIME_SKEW",
        "Thời điểm ký lệch quá nhiều so với giờ của hệ thống.",
        "The signing time is too far from the time of verification.",
    )

    # The certificate
    CERT_MST_MISSING = (
        "CERT_MST_MISSING",
        "Chứng thư số không có mã số thuế ở đúng trường quy định.",
        "The certificate has no tax code in the attribute for it.",
    )
    CERT_MST_DOUBLED = (
        "CERT_MST_DOUBLED",
        "Chứng thư số có nhiều hơn một mã số thuế.",
        "The certificate has more than one tax code.",
    )
    CERT_MST_MALFORMED = (
        "CERT_MST_MALFORMED",
        "Mã số thuế trên chứng thư số không đúng dạng.",
        "The tax code in the certificate is not in the right form.",
    )
    CERT_EXPIRED = "CERT_EXPIRED", "Chứng thư số đã hết hạn.", "The certificate has expired."
    CERT_NOT_YET_VALID = (
        "CERT_NOT_YET_VALID",
        "Chứng thư số chưa tới hạn sử dụng.",
        "The certificate is not yet valid.",
    )
    CERT_KEY_USAGE = (
        "CERT_KEY_USAGE",
        "Chứng thư số không được cấp để ký số.",
        "The certificate was not issued for signing.",
    )
    CERT_SELF_SIGNED = (
        "CERT_SELF_SIGNED",
        "Chứng thư số tự ký, không do tổ chức chứng thực cấp.",
        "The certificate is self-signed, no authority issued it.",
    )
    CERT_UNTRUSTED = (
        "CERT_UNTRUSTED",
        "Chứng thư số không do tổ chức chứng thực được tin cậy cấp.",
        "The certificate was not issued by a trusted authority.",
    )
    CERT_TOO_COMPLEX = (
        "CERT_TOO_COMPLEX",
        "Chứng thư số, hoặc chuỗi chứng thư số, quá lớn hay quá rối để kiểm tra.",
        "A certificate, or the chain of certificates, is too large or too tangled to be checked.",
    )
    CERT_UNREADABLE = (
        "CERT_UNREADABLE",
        "Chứng thư số có phần không đọc được.",
        "A part of the certificate cannot be read.",
    )
    CERT_WEAK_ALGORITHM = (
        "CERT_WEAK_ALGORITHM",
        "Chứng thư số được cấp bằng thuật toán không còn an toàn.",
        "The certificate was issued with an algorithm that is no longer safe.",
    )
    CERT_REVOKED = "CERT_REVOKED", "Chứng thư số đã bị thu hồi.", "The certificate was revoked."
    CERT_REVOCATION_STALE = (
        "CERT_REVOCATION_STALE",
        "Thông tin thu hồi chứng thư số (CRL, OCSP) đã quá hạn.",
        "The information on revocation (CRL, OCSP) is out of date.",
    )
    CERT_REVOCATION_FUTURE = (
        "CERT_REVOCATION_FUTURE",
        "Thông tin thu hồi chứng thư số (CRL, OCSP) đề giờ muộn hơn lúc kiểm tra.",
        "The information on revocation (CRL, OCSP) is dated after the moment of the check.",
    )
    CERT_REVOCATION_UNKNOWN = (
        "CERT_REVOCATION_UNKNOWN",
        "Không xác định được chứng thư số có bị thu hồi hay không (CRL, OCSP).",
        "Whether the certificate was revoked could not be found out (CRL, OCSP).",
    )


@contextmanager
def refusing(refusal: Refusal) -> Iterator[None]:
    """What nobody foresaw in a stranger's document or certificate is an answer about it, not an error of the program.

    Args:
        refusal: What it is refused with; the detail is the error.

    Raises:
        SignatureRefused: instead of any other exception.
    """
    try:
        yield
    except SignatureRefused:
        raise
    except Exception as error:  # see above; whatever is met often gets a check and a code of its own
        _log.debug("unforeseen", exc_info=True)
        raise SignatureRefused(refusal, f"{type(error).__name__}: {error}"[:300]) from error


class Circumstance(StrEnum):
    """What the verdict has to know beyond the code, when the same code covers cases that a standard tells apart.

    ``ISSUER``: an issuer's certificate is meant, not the signer's. ``ON_HOLD``: suspended, not revoked for good.
    ``BROKEN_CHAIN``: a chain to a trusted root was there, and does not hold. ``UNREADABLE``: the part cannot even be
    decoded.
    """

    ISSUER = auto()
    ON_HOLD = auto()
    BROKEN_CHAIN = auto()
    UNREADABLE = auto()


class SignatureRefused(Exception):  # noqa: N818 - the name says what happened; nothing failed
    """A signed document, or its certificate, is refused.

    Args:
        refusal: Which reason.
        detail: Technical detail in English, for the log.
        circumstance: What tells this case from others with the same code.
        advice: Options of ``chukyso verify`` that would choose what the document has; each is one way to go on.

    Attributes:
        seen: The path and the answers about revocation that speak against the certificate; None when it did not come
            to that.
    """

    seen: ValidatedPath | None = None

    def __init__(
        self,
        refusal: Refusal,
        detail: str,
        circumstance: Circumstance | None = None,
        *,
        advice: tuple[str, ...] = (),
    ) -> None:
        self.refusal = refusal
        self.detail = detail
        self.circumstance = circumstance
        self.advice = advice
        super().__init__(f"[{refusal.value}] {detail}")

    @property
    def message(self) -> str:
        """The Vietnamese sentence for people."""
        return self.refusal.message
