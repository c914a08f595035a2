"""Checks of what signs: module, token, PIN state, certificate. Nobody logs in, and no PIN is asked for."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from chukyso.certificate import Certificate
from chukyso.doctor.facts import Facts, SeenToken
from chukyso.doctor.model import Finding, failed_with, ok, warning
from chukyso.errors import ChukysoError, Code
from chukyso.moment import NO_END, day_in_vietnam, in_vietnam
from chukyso.pin.gate import PinState
from chukyso.pin.memory import FailedPins
from chukyso.token.choose import choose_certificate
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenInfo, tell_unreadable
from chukyso.token.modules import find_softhsm, named_module

EXPIRY_WARNING: Final = timedelta(days=30)
_UNREAD: Final = "chưa xem được vì chưa đọc được token"
_FIRST: Final = "Xử lý dòng “Token” ở trên trước."


def check_module(facts: Facts) -> Finding:
    """The PKCS#11 module is there, for this kind of machine, and can be loaded."""
    if facts.question.rehearsal:
        return _softhsm()
    if isinstance(facts.module, ChukysoError):
        return failed_with(facts.module)
    name = named_module(facts.module).name
    if isinstance(facts.token, ChukysoError) and facts.token.code in (
        Code.MODULE_LOAD_FAILED,
        Code.MODULE_PATH_UNREADABLE,
        Code.MODULE_VARIABLE_MISSING,
        Code.MODULE_WRONG_MACHINE,
        Code.MODULE_NOT_FOUND,
    ):
        return failed_with(facts.token)
    return ok(f"{name} ({facts.module})")


def _softhsm() -> Finding:
    """The sandbox's token is SoftHSM2, which each rehearsal sets up anew: loaded here with an empty store."""
    try:
        module = find_softhsm()
        with tempfile.TemporaryDirectory(prefix="chukyso-doctor-") as place:
            settings = Path(place) / "softhsm2.conf"
            (Path(place) / "tokens").mkdir()
            settings.write_text(f"directories.tokendir = {place}/tokens\nlog.level = ERROR\n", encoding="utf-8")
            with TokenWorker(module, {"SOFTHSM2_CONF": str(settings)}) as worker:
                worker.tokens()
    except ChukysoError as error:
        return failed_with(error)
    return ok(f"SoftHSM2 của sandbox ({module})")


def check_token(facts: Facts) -> Finding:
    """One token, the one that is meant."""
    if facts.question.rehearsal:
        return ok("sandbox tự tạo một token mô phỏng cho mỗi lần chạy")
    if isinstance(facts.token, ChukysoError):
        return failed_with(facts.token)
    info, contents = facts.token.info, facts.token.contents
    if facts.token.error:
        return failed_with(facts.token.error)
    found = f"{info.label or 'không nhãn'}, số sê-ri {info.serial}, {len(contents.certificates)} chứng thư số"
    if contents.unreadable:
        action = "Nếu đó là chứng thư số cần đăng ký, liên hệ nhà cung cấp chữ ký số."
        return warning(
            f"{found} đọc được; không đọc hoặc không dùng được: {tell_unreadable(contents.unreadable)}", action
        )
    return ok(found)


def check_pin_tries(facts: Facts) -> Finding:
    """What the token says of tries that are left, and whether it refused a PIN on this machine before."""
    if facts.question.rehearsal:
        return ok("token của sandbox luôn có mã PIN mới")
    token = facts.token
    if isinstance(token, ChukysoError):
        return warning(_UNREAD, _FIRST)
    info = token.info
    if not info.ready:
        return failed_with(ChukysoError(Code.TOKEN_NOT_READY, f"flags 0x{info.flags:x}", serial=info.serial))
    codes = {PinState.LOCKED: Code.PIN_LOCKED, PinState.FINAL_TRY: Code.PIN_FINAL_TRY}
    if info.pin_state in codes:
        return failed_with(ChukysoError(codes[info.pin_state], f"token {info.serial}"))
    return _tries(info)


def _tries(info: TokenInfo) -> Finding:
    """Of a token that can be logged in to: whether a PIN went wrong before."""
    by_hand = "tự nhập đúng một lần: chạy với --variable TOKEN_PIN:ask:"
    if info.pin_state is PinState.COUNT_LOW:
        action = f"Lần chạy tự động sẽ từ chối token này; hãy {by_hand}, hoặc dùng công cụ của nhà cung cấp token."
        return warning("bình thường chưa bị khóa, nhưng đã có lần nhập sai mã PIN", action)
    try:
        failures = [each for each in FailedPins().failures() if each.serial == info.serial]
    except ChukysoError as error:
        return failed_with(error)
    if not failures:
        return ok("bình thường (không hỏi, không thử mã PIN)")
    unheard = [each for each in failures if not each.heard]
    moment = in_vietnam((unheard or failures)[-1].moment)
    forget = f"chắc chắn mã PIN đúng thì xóa ghi nhớ bằng lệnh chukyso pin forget {info.serial}"
    if unheard:
        found = f"bình thường; trên máy này chưa rõ token đã trả lời thế nào về một mã PIN lúc {moment}"
        return warning(found, f"Lần chạy tự động sẽ dừng (PIN_UNHEARD); hãy {by_hand}, hoặc {forget}.")
    found = f"bình thường; trên máy này token đã từ chối một mã PIN lúc {moment}"
    return warning(found, f"Mã PIN đó sẽ không được thử lại: kiểm tra mã PIN trong TOKEN_PIN; {forget}.")


def check_certificate(facts: Facts) -> Finding:
    """Which certificate a run would register, and how long it is still good."""
    if facts.question.rehearsal:
        return ok("sandbox tự cấp chứng thư số cho mỗi lần chạy")
    token = facts.token
    if isinstance(token, ChukysoError) or token.error:
        return warning(_UNREAD, _FIRST)
    account = facts.question.tax_code
    known = sorted({entry.certificate.tax_code for entry in token.contents.certificates} - {""})
    if not account and len(known) > 1:
        return warning(
            f"token có chứng thư số của nhiều mã số thuế: {', '.join(known)}",
            "Cho biết TAX_CODE (--tax-code) để biết chứng thư số nào sẽ được chọn.",
        )
    return _chosen(facts, token, account or (known[0] if known else ""))


def _chosen(facts: Facts, token: SeenToken, account: str) -> Finding:
    asked = facts.question
    try:
        choice = choose_certificate(
            token.contents.certificates,
            account or "(chưa rõ)",
            None,
            asked.cert_serial or None,
            asked.now,
            unreadable=token.contents.unreadable,
        )
    except ChukysoError as error:
        return failed_with(error)
    certificate = choice.certificate.certificate
    left = certificate.not_after - asked.now
    days = "" if certificate.not_after == NO_END else f"; còn {left.days} ngày"
    found = f"sẽ chọn {_certificate_text(certificate)}{days}. Chứng thư số đang đăng ký: chưa biết khi chưa đăng nhập"
    if left < EXPIRY_WARNING:
        return warning(found, "Sắp hết hạn: gia hạn với nhà cung cấp chữ ký số rồi mới đăng ký chứng thư số mới.")
    return ok(found)


def _certificate_text(certificate: Certificate) -> str:
    end = f"{'' if certificate.not_after == NO_END else 'đến '}{day_in_vietnam(certificate.not_after)}"
    return f"{certificate.serial.upper()} (MST {certificate.tax_code}, {certificate.issuer} cấp, {end})"
