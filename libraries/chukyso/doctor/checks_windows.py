"""The check of the Windows session: whether native windows could be read, filled in and pressed in it."""

from __future__ import annotations

import sys
from typing import Final

from chukyso.desktop.client import Desktop
from chukyso.desktop.model import Session
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Finding, failed, ok, warning

_HIGH: Final = 12288  # SECURITY_MANDATORY_HIGH_RID: run as administrator
_VIETNAMESE: Final = 0x042A


def check_windows_session(_facts: Facts) -> Finding:
    """Nothing that a run needs today: our signing agent shows pages, so what is found is told and hinders nobody."""
    if sys.platform != "win32":
        return ok("máy này không chạy Windows")
    with Desktop() as desktop:
        findings = judge_session(desktop.session())
    if not findings:
        return ok("phiên làm việc mở khóa, thao tác được với cửa sổ")
    found = "; ".join(finding.found for finding in findings)
    return warning(found, " ".join(finding.action for finding in findings))


def judge_session(session: Session) -> list[Finding]:
    """What of a Windows session keeps windows from being driven (``FAILED``) or endangers the PIN (``WARNING``).

    Args:
        session: As it was read.

    Returns:
        Nothing when nothing is to be done.
    """
    remote = " Đừng đóng hay thu nhỏ cửa sổ Remote Desktop." if session.remote else ""
    if session.number == 0:
        return [failed("chương trình chạy trong phiên dịch vụ (session 0)", "Chạy trong phiên của người đã đăng nhập.")]
    if session.input_desktop.casefold() != "default":
        return [failed("màn hình đang khóa hoặc đang hỏi quyền quản trị", f"Mở khóa màn hình rồi chạy lại.{remote}")]
    findings = []
    if session.remote:
        findings.append(warning("đang dùng qua Remote Desktop", f"Giữ phiên luôn mở.{remote}"))
    if session.integrity is not None and session.integrity >= _HIGH:
        action = "Chạy không bằng quyền quản trị, như trình duyệt và chương trình ký."
        findings.append(warning("chương trình chạy bằng quyền quản trị", action))
    if session.caps_lock:
        findings.append(warning("Caps Lock đang bật", "Tắt Caps Lock trước khi nhập mã PIN."))
    if session.keyboard == _VIETNAMESE:
        action = "Chuyển bàn phím sang tiếng Anh (Windows + phím cách) trước khi nhập mã PIN."
        findings.append(warning("bàn phím của Windows đang là tiếng Việt, phím số gõ ra chữ", action))
    if session.card_service != "running":
        action = "Mở services.msc, khởi động dịch vụ Smart Card (SCardSvr), rút và cắm lại token."
        findings.append(warning(f"dịch vụ thẻ thông minh không chạy ({session.card_service or 'không có'})", action))
    return findings
