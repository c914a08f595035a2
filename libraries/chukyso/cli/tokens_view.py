"""What ``chukyso tokens`` prints: tables for people, one JSON document for programs, progress on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from chukyso.certificate import Certificate
from chukyso.cli.output import print_json
from chukyso.errors import Code
from chukyso.moment import day_in_vietnam
from chukyso.pin.gate import PinState
from chukyso.token.discovery import FoundToken, ModuleStatus, ProbedModule, discover
from chukyso.token.listing import KeyUse, as_document, key_use
from chukyso.token.model import TokenCertificate, TokenInfo
from chukyso.token.modules import InstalledModule, installed_modules, named_module
from chukyso.token.not_found import in_service_session

_STATUS = {
    ModuleStatus.OK: "dùng được",
    ModuleStatus.WRONG_MACHINE: "khác loại máy (32/64 bit)",
    ModuleStatus.LOAD_FAILED: "không nạp được",
    ModuleStatus.TIMEOUT: "không trả lời (quá thời gian)",
    ModuleStatus.CRASHED: "bị sập",
    ModuleStatus.FAILED: "báo lỗi",
}
_PIN = {
    PinState.OK: "bình thường",
    PinState.COUNT_LOW: "đã có lần nhập sai",
    PinState.FINAL_TRY: "CHỈ CÒN MỘT LẦN THỬ",
    PinState.LOCKED: "ĐÃ BỊ KHÓA",
}
_KEY = {KeyUse.USABLE: "dùng được", KeyUse.MISSING: "không có khóa", KeyUse.UNSUPPORTED: "không được hỗ trợ"}


def show(paths: Sequence[Path], *, as_json: bool, timeout: float) -> None:
    """Probe and print.

    Args:
        paths: Modules to look at; none for all that are installed.
        as_json: Print the JSON document.
        timeout: Seconds for one answer of a module.
    """
    modules = [named_module(path) for path in paths] or installed_modules()
    probed = _probe(modules, timeout)
    now = datetime.now(UTC)
    if as_json:
        document = as_document(probed, now, service_session=in_service_session())
        print_json(document)
        return
    console = Console(highlight=False)
    if probed:
        console.print(_modules(probed))
    for each in probed:
        if each.error:
            console.print(f"{each.module.name}: {each.error}", style="yellow", markup=False)
    for names, token in _distinct(probed):
        _print_token(console, names, token, now)
    if not any(each.tokens for each in probed):
        console.print(_nothing(probed), style="bold", markup=False)


def _probe(modules: Sequence[InstalledModule], timeout: float) -> list[ProbedModule]:
    columns = (TextColumn("Đang dò"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[name]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(modules), name="")
        return discover(
            modules, timeout=timeout, done=lambda probed: progress.update(task, advance=1, name=probed.module.name)
        )


def _modules(probed: Sequence[ProbedModule]) -> Table:
    table = Table(title="Trình điều khiển PKCS#11", title_justify="left")
    table.add_column("Trình điều khiển")
    table.add_column("Trạng thái")
    table.add_column("Token", justify="right")
    table.add_column("Tệp", overflow="fold")
    for each in probed:
        style = "" if each.status is ModuleStatus.OK else "yellow"
        row = (each.module.name, _STATUS[each.status], str(len(each.tokens)), str(each.module.path))
        table.add_row(*map(Text, row), style=style)
    return table


def _distinct(probed: Sequence[ProbedModule]) -> list[tuple[list[str], FoundToken]]:
    """Each token once, with the names of all drivers that show it."""
    found: dict[object, tuple[list[str], FoundToken]] = {}
    for each in probed:
        for token in each.tokens:
            # Without certificates nothing says that it is the same one.
            key = (each.module.path, token.info.slot) if token.empty else token.identity
            found.setdefault(key, ([], token))[0].append(each.module.name)
    return list(found.values())


def _print_token(console: Console, names: Sequence[str], token: FoundToken, now: datetime) -> None:
    info = token.info
    title = f"Token {info.serial}: {info.label} ({', '.join(filter(None, (info.manufacturer, info.model)))})"
    console.print()
    console.print(title, style="bold", markup=False)
    console.print(f"Trình điều khiển: {', '.join(names)}. Mã PIN: {pin_text(info)}.", markup=False)
    if token.error:
        console.print(f"Không đọc được chứng thư số: {token.error}", style="yellow", markup=False)
    elif token.empty:
        console.print("Token không có chứng thư số nào.", markup=False)
    if token.certificates:
        console.print(_certificates(token.certificates, now))
    for entry in token.unreadable:
        code = entry.error.code
        text = f"Chứng thư số không đọc hoặc không dùng được: {entry.description} [{code.name}]. {code.value.action}"
        console.print(text, style="yellow", markup=False)


def pin_text(info: TokenInfo) -> str:
    """The PIN's state in words."""
    if not info.ready:
        return "chưa được khởi tạo"
    return _PIN[info.pin_state] + (", nhập trên thiết bị" if info.pin_pad else "")


def _certificates(entries: Sequence[TokenCertificate], now: datetime) -> Table:
    table = Table()
    for name in ("Chủ sở hữu", "MST", "Số sê-ri", "Nhà cung cấp", "Hiệu lực", "Khóa"):
        table.add_column(name, overflow="fold")
    for entry in entries:
        certificate = entry.certificate
        row = (
            certificate.owner,
            certificate.tax_code or "không có",
            certificate.serial.upper(),
            certificate.issuer,
            _validity(certificate, now),
            _KEY[key_use(entry)],
        )
        table.add_row(*map(Text, row))
    return table


def _validity(certificate: Certificate, now: datetime) -> str:
    start, end = map(day_in_vietnam, (certificate.not_before, certificate.not_after))
    state = "CHƯA TỚI HẠN" if now < certificate.not_before else "ĐÃ HẾT HẠN"
    return f"{start} – {end}\n{'còn hạn' if certificate.valid_at(now) else state}"


def _nothing(probed: Sequence[ProbedModule]) -> str:
    if in_service_session():
        spec = Code.SERVICE_SESSION.value
        return f"{spec.happened} {spec.action}"
    if not probed:
        return (
            "Máy này chưa có trình điều khiển PKCS#11 nào được biết. Cài trình điều khiển của nhà cung cấp chữ ký số, "
            "hoặc chỉ đúng tệp bằng --module."
        )
    return (
        "Không thấy token nào. Cắm USB Token vào máy, chờ đèn sáng rồi chạy lại; nếu vẫn không thấy, cài trình điều "
        "khiển của nhà cung cấp chữ ký số hoặc chỉ đúng tệp bằng --module."
    )
