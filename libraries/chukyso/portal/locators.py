"""Every element of the portal's pages that a profile can have a place for."""

from __future__ import annotations

from typing import Final

from chukyso.portal.declaring import Key, Need
from chukyso.portal.kinds import CSS, SELECTOR, Kind


def _at(element: str, kind: Kind, vi: str, en: str, *needed: Need, optional: bool = False, blank: bool = False) -> Key:
    """The place of an element, ``page.element``; ``blank``: the portal may be known to have none."""
    return Key(f"locators.{element}", kind, needed, vi, en, optional=optional, blank=blank)


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
    _at(
        "form.new",
        SELECTOR,
        "Khung của chứng thư số mới; để trống khi trang không hiện nó trước khi ký.",
        "Frame of the new certificate; empty when the page does not show it before it is signed.",
        _FORM,
        blank=True,
    ),
    _at(
        "form.new_ready",
        CSS,
        "Hiện khi trang đã đọc chứng thư số mới; để trống như trên.",
        "Shown when the page has read it; empty as above.",
        _FORM,
        blank=True,
    ),
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
