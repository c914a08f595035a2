"""What the windows say, in browser and pinentry alike: the operator reads the same facts wherever they appear."""

from __future__ import annotations

from collections.abc import Iterable

from chukyso.agent.core.config import AgentConfig
from chukyso.agent.core.operation import Operation, Window
from chukyso.moment import in_vietnam
from chukyso.pin.entry import fits
from chukyso.pin.gate import PinState
from chukyso.signature.presign import ValidationStatus
from chukyso.text import one_line

TITLES = {
    Window.SHARE: "Chia sẻ chứng thư số",
    Window.CERTIFICATE: "Xác nhận chứng thư số",
    Window.PIN: "Nhập mã PIN chữ ký số",
}
PROBLEM = "Không ký được"
NAMES = {Window.SHARE: "chia sẻ chứng thư số", Window.CERTIFICATE: "chứng thư số", Window.PIN: "nhập mã PIN"}
COUNT_LOW = "Token này đã bị nhập sai mã PIN trước đó. Nhập sai thêm có thể làm khóa mã PIN."
STANDINGS = {
    ValidationStatus.VALID: "Đã kiểm tra: chứng thư số còn hiệu lực, do tổ chức được tin cậy cấp và chưa bị thu hồi.",
    ValidationStatus.NOT_ASKED: "CẢNH BÁO: chưa kiểm tra được thu hồi; chuỗi chứng thư số và thời hạn thì đúng.",
    ValidationStatus.NOT_VALIDATED: "Chưa kiểm tra được thu hồi: chưa chỉ ra tổ chức chứng thực gốc được tin cậy.",
    ValidationStatus.REFUSED: "Chứng thư số không dùng được.",
}
_WIDTHS = (120, 80, 60, 40)  # characters of a name in a dialog, which cannot be scrolled: the first that fits


def accept_text(config: AgentConfig, window: Window) -> str:
    """What the button for yes says."""
    return {Window.SHARE: "Cho phép", Window.CERTIFICATE: "OK", Window.PIN: config.pin_accept_text}[window]


def dialog_text(operation: Operation, window: Window, document_title: str) -> str:
    """The text of a pinentry dialog: who asks, for what, with which certificate, and what is unusual about it.

    A dialog holds about a thousand bytes. Nothing falls off its end: the parts that strangers write become shorter.
    """
    for width in _WIDTHS:
        blocks = _blocks(operation, window, document_title, width)
        text = "\n\n".join("\n".join(block) for block in blocks)
        if fits(text):
            break
    return text


def problem_text(operation: Operation) -> str:
    """The text of a dialog that only tells why nothing can be, or was, signed."""
    problem = operation.problem or operation.error
    message = problem.message_by_hand if problem else ""
    return f"Trang {operation.origin} yêu cầu chứng thư số hoặc chữ ký.\n\n{message}"


def _blocks(operation: Operation, window: Window, document_title: str, width: int) -> Iterable[list[str]]:
    offer = operation.offer
    asks = "muốn đọc chứng thư số này; chưa ký gì" if window is Window.SHARE else f"yêu cầu ký: {document_title}"
    yield [f"Trang {operation.origin} {asks}."]
    if offer is None:
        return
    certificate, token = offer.certificate, offer.token
    yield [
        f"Chủ thể: {one_line(certificate.owner, width)}",
        f"Mã số thuế: {one_line(certificate.tax_code)}",
        f"Số chứng thư số: {certificate.serial.upper()}",
        f"Tổ chức chứng thực: {one_line(certificate.issuer, width)}",
        f"Hiệu lực: {in_vietnam(certificate.not_before)} – {in_vietnam(certificate.not_after)}",
        f"Token: {one_line(token.label)} · số sê-ri {one_line(token.serial)}",
    ]
    if offer.standing:
        yield [STANDINGS[offer.standing]]
    if window is Window.PIN and token.pin_state is PinState.COUNT_LOW:
        yield [f"CẢNH BÁO: {COUNT_LOW}"]
    if window is Window.PIN and token.pin_pad:
        yield ["Chọn đồng ý, rồi nhập mã PIN trên bàn phím của chính token."]
