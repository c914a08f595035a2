// What the signing client answers, in the words that a person reads.
//
// Where a sentence is marked "analogue", another Vietnamese signing system or a report from the field has these words
// (docs/signing-client.md); the others are the sandbox's own. What the real portal says is not known, and it gives its
// messages no codes: so neither do these.

const TEXTS = {
  user_cancel: "Người dùng hủy bỏ", // analogue
  wrong_pin: "Bạn nhập sai mã PIN của token, vui lòng nhập lại", // analogue
  pin_blocked: "Mã PIN đã bị khóa.", // analogue
  no_certificates: "Không tìm thấy chứng thư số hợp lệ hoặc Token chưa được cắm", // analogue
  driver_error: "Bạn không cắm token hoặc không có driver token phù hợp!", // analogue
  not_allowed: "Trang này không được phép dùng ứng dụng ký số.",
  invalid_argument: "Ứng dụng ký số không hiểu yêu cầu của trang.",
  busy: "Ứng dụng ký số đang thực hiện một yêu cầu khác. Vui lòng thử lại sau.",
  no_implementation: "Không kết nối được ứng dụng nền ký số. Hãy cài đặt hoặc mở lại ứng dụng nền.",
  no_extension: "Chưa cài đặt Extension ký số, hoặc Extension đang bị tắt.",
  no_answer: "Ứng dụng ký số không trả lời.",
  technical_error: "Ứng dụng ký số gặp lỗi khi thực hiện.",
};

/** The signing client said no, or nothing. */
export class ClientError extends Error {
  code = "";

  /**
   * @param {string} result the client's own, or no_extension, or no_answer
   * @param {string} [own] the program's own words, shown as they are
   */
  constructor(result, own = "") {
    super(own || (TEXTS[result] ?? TEXTS.technical_error));
    this.result = result;
  }
}
