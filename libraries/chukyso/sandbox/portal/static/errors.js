// What can go wrong, with the code for the toast and the sentence for the person.

/** The portal said no, or did not say anything. */
export class PortalError extends Error {
  /**
   * @param {string} code the portal's code, or one of ours: NO_ANSWER, TIMED_OUT, PORTAL_ERROR, SESSION_EXPIRED
   * @param {string} message Vietnamese sentence
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }

  /** Nobody knows what the portal did with the request. */
  get unclear() {
    return ["NO_ANSWER", "TIMED_OUT", "PORTAL_ERROR"].includes(this.code);
  }
}

const OWN = {
  NO_ANSWER: "Không nhận được phản hồi từ hệ thống. Vui lòng kiểm tra kết nối mạng.",
  TIMED_OUT: "Không nhận được phản hồi từ hệ thống trong thời gian quy định. Vui lòng kiểm tra lại sau.",
  PORTAL_ERROR: "Hệ thống đang bận. Vui lòng thử lại sau.",
  SESSION_EXPIRED: "Phiên đăng nhập đã hết hạn, vui lòng đăng nhập lại.",
};

/** One of the page's own errors. */
export const portalError = (code) => new PortalError(code, OWN[code]);

const SIGNING = {
  cancelled: "Người dùng hủy bỏ", // the words of other signing systems; what the real portal says is unknown
  refused: "Bộ ký số từ chối yêu cầu này.",
  timeout: "Đã quá thời gian chờ xác nhận trên bộ ký số.",
  busy: "Bộ ký số đang thực hiện một yêu cầu khác. Vui lòng thử lại sau.",
  failed: "Bộ ký số không thực hiện được. Lý do ghi ở cửa sổ ký số hoặc cửa sổ dòng lệnh của bộ ký số; vui lòng xem trước khi thử lại.",
  closed: "Mất kết nối với bộ ký số.",
  unreachable: "Chưa kết nối được bộ ký số. Hãy cắm USB Token, mở bộ ký số rồi chọn Thử lại.",
};

/** The signing agent said no, or is not there. `reason` is the protocol's error code, or closed, or unreachable. */
export class SigningError extends Error {
  constructor(reason) {
    super(SIGNING[reason] ?? SIGNING.failed);
    this.reason = reason;
    this.code = reason === "cancelled" ? "SIGNING_CANCELLED" : "SIGNING_FAILED";
  }
}

/** The form was left while something was under way: nobody is there to be told. */
export class Abandoned extends Error {}
