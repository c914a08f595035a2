"""The words of ETSI EN 319 102-1 for a verdict, and which of them each refusal is.

Statuses, sub-indications and their meanings are those of clause 5.1.3 (tables 5 and 6, V1.4.1). Two rules follow:

- TOTAL-FAILED is said only when the signature is wrong for everybody: it cannot be read, or its mathematics do not
  hold. What breaks a rule of ours, of which another verifier may think otherwise, is INDETERMINATE. Neither is ever
  accepted.
- Nothing here proves when a signature was made: time stamps are not read, and the signing time is the signer's word. So
  a certificate that is revoked or expired gives the sub-indications without proof of existence (``…_NO_POE``); REVOKED,
  EXPIRED and NOT_YET_VALID, which need that proof, are never given.
"""

from __future__ import annotations

from enum import StrEnum

from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused


class Status(StrEnum):
    """The status indication, with its meaning in Vietnamese and English."""

    vietnamese: str
    english: str

    def __new__(cls, value: str, vietnamese: str, english: str) -> Status:
        member = str.__new__(cls, value)
        member._value_ = value
        member.vietnamese = vietnamese
        member.english = english
        return member

    TOTAL_PASSED = "TOTAL-PASSED", "Chữ ký hợp lệ.", "The signature is valid."
    TOTAL_FAILED = "TOTAL-FAILED", "Chữ ký không hợp lệ.", "The signature is not valid."
    INDETERMINATE = (
        "INDETERMINATE",
        "Chưa kết luận được; không được coi là hợp lệ.",
        "Not decided; it must not be taken as valid.",
    )


_FAILED, _OPEN = Status.TOTAL_FAILED, Status.INDETERMINATE


class SubIndication(StrEnum):
    """The sub-indications of table 6, each with the status it belongs to and its meaning in Vietnamese and English."""

    status: Status
    vietnamese: str
    english: str

    def __new__(cls, value: str, status: Status, vietnamese: str, english: str) -> SubIndication:
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        member.vietnamese = vietnamese
        member.english = english
        return member

    FORMAT_FAILURE = (
        "FORMAT_FAILURE",
        _FAILED,
        "Chữ ký sai định dạng nên không đọc được.",
        "The signature does not conform to its standard and cannot be processed.",
    )
    HASH_FAILURE = (
        "HASH_FAILURE",
        _FAILED,
        "Nội dung không còn như lúc ký.",
        "The content is not what was signed: a digest differs.",
    )
    SIG_CRYPTO_FAILURE = (
        "SIG_CRYPTO_FAILURE",
        _FAILED,
        "Giá trị chữ ký không khớp với khóa của chứng thư số.",
        "The signature value does not fit the key of the signing certificate.",
    )
    REVOKED = (
        "REVOKED",
        _FAILED,
        "Chứng minh được là ký sau khi chứng thư số bị thu hồi.",
        "It is proven that the signature was made after the certificate was revoked.",
    )
    EXPIRED = (
        "EXPIRED",
        _FAILED,
        "Chứng minh được là ký sau khi chứng thư số hết hạn.",
        "It is proven that the signature was made after the certificate expired.",
    )
    NOT_YET_VALID = (
        "NOT_YET_VALID",
        _FAILED,
        "Chứng minh được là ký trước khi chứng thư số có hiệu lực.",
        "It is proven that the signature was made before the certificate was valid.",
    )
    SIG_CONSTRAINTS_FAILURE = (
        "SIG_CONSTRAINTS_FAILURE",
        _OPEN,
        "Chữ ký không theo đúng quy tắc kiểm tra.",
        "The signature does not meet the rules of this verification.",
    )
    CHAIN_CONSTRAINTS_FAILURE = (
        "CHAIN_CONSTRAINTS_FAILURE",
        _OPEN,
        "Chứng thư số không theo đúng quy tắc kiểm tra.",
        "The certificates do not meet the rules of this verification.",
    )
    CERTIFICATE_CHAIN_GENERAL_FAILURE = (
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        _OPEN,
        "Chuỗi chứng thư số có lỗi.",
        "The certificate chain that was found does not hold.",
    )
    CRYPTO_CONSTRAINTS_FAILURE = (
        "CRYPTO_CONSTRAINTS_FAILURE",
        _OPEN,
        "Thuật toán hoặc khóa yếu, dùng khi đã biết là không an toàn.",
        "An algorithm or key is too weak, and was used when that was known.",
    )
    POLICY_PROCESSING_ERROR = (
        "POLICY_PROCESSING_ERROR",
        _OPEN,
        "Không đọc được chính sách kiểm tra.",
        "The validation policy could not be processed.",
    )
    SIGNATURE_POLICY_NOT_AVAILABLE = (
        "SIGNATURE_POLICY_NOT_AVAILABLE",
        _OPEN,
        "Không có văn bản chính sách chữ ký.",
        "The signature policy's document is not available.",
    )
    TIMESTAMP_ORDER_FAILURE = (
        "TIMESTAMP_ORDER_FAILURE",
        _OPEN,
        "Các dấu thời gian không theo đúng thứ tự.",
        "The time stamps are not in the right order.",
    )
    NO_SIGNING_CERTIFICATE_FOUND = (
        "NO_SIGNING_CERTIFICATE_FOUND",
        _OPEN,
        "Không xác định được chứng thư số đã ký.",
        "The signing certificate cannot be identified.",
    )
    NO_CERTIFICATE_CHAIN_FOUND = (
        "NO_CERTIFICATE_CHAIN_FOUND",
        _OPEN,
        "Không có chuỗi chứng thư số tới một tổ chức được tin cậy.",
        "No chain leads from the signing certificate to a trusted authority.",
    )
    NO_CERTIFICATE_CHAIN_FOUND_NO_POE = (
        "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
        _OPEN,
        "Tổ chức gốc không còn được tin cậy, không rõ ký trước hay sau đó.",
        "The authority is no longer trusted; whether it was when the signature was made is not proven.",
    )
    REVOKED_NO_POE = (
        "REVOKED_NO_POE",
        _OPEN,
        "Chứng thư số đã bị thu hồi; không chứng minh được là ký trước đó.",
        "The signing certificate is revoked; that the signature is older is not proven.",
    )
    REVOKED_CA_NO_POE = (
        "REVOKED_CA_NO_POE",
        _OPEN,
        "Chứng thư số của tổ chức chứng thực đã bị thu hồi.",
        "The certificate of an authority in the chain is revoked.",
    )
    OUT_OF_BOUNDS_NOT_REVOKED = (
        "OUT_OF_BOUNDS_NOT_REVOKED",
        _OPEN,
        "Chứng thư số ngoài thời hạn hiệu lực, không bị thu hồi; không chứng minh được thời điểm ký.",
        "The signing certificate is outside its validity and not revoked; the time of signing is not proven.",
    )
    OUT_OF_BOUNDS_NO_POE = (
        "OUT_OF_BOUNDS_NO_POE",
        _OPEN,
        "Chứng thư số ngoài thời hạn hiệu lực; không chứng minh được là ký trong thời hạn.",
        "The signing certificate is outside its validity; that the signature was made within it is not proven.",
    )
    REVOCATION_OUT_OF_BOUNDS_NO_POE = (
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        _OPEN,
        "Thông tin thu hồi do một chứng thư số ngoài thời hạn ký.",
        "The information on revocation was signed by a certificate outside its validity.",
    )
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = (
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        _OPEN,
        "Thuật toán hoặc khóa không đủ an toàn; không chứng minh được là dùng khi còn an toàn.",
        "An algorithm or key is too weak; that it was used while it was safe is not proven.",
    )
    NO_POE = (
        "NO_POE",
        _OPEN,
        "Thiếu chứng minh về thời điểm tồn tại.",
        "A proof of existence at some time is missing.",
    )
    TRY_LATER = (
        "TRY_LATER",
        _OPEN,
        "Chưa đủ thông tin thu hồi; thử lại sau.",
        "The information on revocation does not suffice now; it may later.",
    )
    SIGNED_DATA_NOT_FOUND = (
        "SIGNED_DATA_NOT_FOUND",
        _OPEN,
        "Không có dữ liệu đã ký.",
        "What was signed is not there.",
    )


# Why each, where it is not plain from the words:
# - MISSING: there is nothing that the format check could call a signature.
# - MALFORMED, TRAILING_DATA, SIGNED_INFO: no conforming XML signature (XML 1.0, the schema of XMLDSig).
# - DTD, COMMENT, DUPLICATE_ID, WRAPPED, MULTIPLE, STRUCTURE, REFERENCE, TRANSFORM, TOO_LARGE, the times: rules of ours;
#   a conforming signature can break them, so nothing is proven against it (table 6: attributes do not match the
#   constraints).
# - UNSUPPORTED: our policy takes certain forms only. The signature may conform to its standard, so that FORMAT_FAILURE
#   would be untrue, and its algorithms may be as strong as ours, so that a crypto constraint would be.
# - EXTERNAL_REFERENCE: what it points to is not fetched, so the signed data is not there.
# - KEYINFO, KEY_VALUE: which certificate signed cannot be said.
# - ALGORITHM, WEAK_KEY, WEAK_ALGORITHM: no proof that it was used while it counted as safe.
# - SELF_SIGNED: it leads to nobody. UNTRUSTED: no chain, or, as the circumstance tells, one that does not hold.
# - REVOCATION_STALE, REVOCATION_UNKNOWN: fresher or other answers may decide it.
INDICATIONS: dict[Refusal, SubIndication] = {
    Refusal.SIG_TOO_LARGE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_MALFORMED: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_MALFORMED_CMS: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_TRAILING_DATA: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_DTD: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_COMMENT: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_DUPLICATE_ID: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_CONTENT_MISSING: SubIndication.SIGNED_DATA_NOT_FOUND,
    Refusal.SIG_UNSUPPORTED: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_UNREADABLE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_MISSING: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_MULTIPLE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_WRAPPED: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_STRUCTURE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_SIGNED_INFO: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_REFERENCE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_EXTERNAL_REFERENCE: SubIndication.SIGNED_DATA_NOT_FOUND,
    Refusal.SIG_TRANSFORM: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_ALGORITHM: SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    Refusal.SIG_KEYINFO: SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    Refusal.SIG_KEY_VALUE: SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    Refusal.SIG_WEAK_KEY: SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    Refusal.SIG_OTHER_CERTIFICATE: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.SIG_BROKEN: SubIndication.SIG_CRYPTO_FAILURE,
    Refusal.SIG_DIGEST: SubIndication.HASH_FAILURE,
    Refusal.SIG_TIME: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_TIME_OUTSIDE_VALIDITY: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_TIME_SKEW: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.CERT_MST_MISSING: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_MST_DOUBLED: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_MST_MALFORMED: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_EXPIRED: SubIndication.OUT_OF_BOUNDS_NO_POE,
    Refusal.CERT_NOT_YET_VALID: SubIndication.OUT_OF_BOUNDS_NO_POE,
    Refusal.CERT_KEY_USAGE: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_SELF_SIGNED: SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    Refusal.CERT_UNTRUSTED: SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    Refusal.CERT_TOO_COMPLEX: SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    Refusal.CERT_UNREADABLE: SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    Refusal.CERT_WEAK_ALGORITHM: SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    Refusal.CERT_REVOKED: SubIndication.REVOKED_NO_POE,
    Refusal.CERT_REVOCATION_STALE: SubIndication.TRY_LATER,
    Refusal.CERT_REVOCATION_FUTURE: SubIndication.TRY_LATER,
    Refusal.CERT_REVOCATION_UNKNOWN: SubIndication.TRY_LATER,
}

# Cases of one code that the standard tells apart.
CIRCUMSTANCES: dict[tuple[Refusal, Circumstance], SubIndication] = {
    (Refusal.CERT_REVOKED, Circumstance.ISSUER): SubIndication.REVOKED_CA_NO_POE,
    (Refusal.CERT_REVOKED, Circumstance.ON_HOLD): SubIndication.TRY_LATER,
    (Refusal.CERT_EXPIRED, Circumstance.ISSUER): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.CERT_NOT_YET_VALID, Circumstance.ISSUER): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.CERT_UNTRUSTED, Circumstance.ISSUER): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.CERT_UNTRUSTED, Circumstance.BROKEN_CHAIN): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.SIG_STRUCTURE, Circumstance.UNREADABLE): SubIndication.FORMAT_FAILURE,
    (Refusal.SIG_REFERENCE, Circumstance.UNREADABLE): SubIndication.FORMAT_FAILURE,
}


def indication_of(refused: SignatureRefused) -> SubIndication:
    """Translate a refusal into the words of the standard."""
    refined = CIRCUMSTANCES.get((refused.refusal, refused.circumstance)) if refused.circumstance else None
    return refined or INDICATIONS[refused.refusal]
