"""The readable file: what was found, in Vietnamese, from the document that holds nothing personal any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chukyso.client.model import Fault
from chukyso.text import one_line

_FAULTS: Final = {
    Fault.MANIFEST_MISSING: "không có tệp khai báo",
    Fault.MANIFEST_UNREADABLE: "không đọc được tệp khai báo",
    Fault.NAME_INVALID: "tên host sai quy cách (chỉ chữ thường, số, dấu gạch dưới và dấu chấm)",
    Fault.NAME_DIFFERS: "tên trong tệp khai báo khác tên đã đăng ký",
    Fault.TYPE_WRONG: "loại kết nối không phải “stdio”",
    Fault.PATH_MISSING: "tệp khai báo không ghi đường dẫn chương trình",
    Fault.PATH_RELATIVE: "đường dẫn chương trình phải là đường dẫn đầy đủ",
    Fault.PROGRAM_MISSING: "không có chương trình ở đường dẫn đã khai báo",
    Fault.PROGRAM_UNREADABLE: "không đọc được chương trình, hoặc nó không phải tệp chương trình của Windows",
    Fault.ORIGIN_INVALID: "mã tiện ích được phép viết sai",
    Fault.NOBODY_ALLOWED: "không cho phép tiện ích nào",
    Fault.NOT_INSTALLED: "tiện ích được phép chưa được cài",
    Fault.DISABLED: "tiện ích đang tắt",
    Fault.NO_HOST: "không host nào cho phép tiện ích này",
    Fault.BLOCKED: "bị chính sách của trình duyệt chặn",
}
_NONE: Final = "không có"
_UNKNOWN: Final = "không rõ"
_ENABLED: Final = {True: "bật", False: "tắt", None: _UNKNOWN}
_LONGEST: Final = 4000  # characters of a line
_LEVELS: Final = {"machine": "cả máy", "user": "người dùng này"}


def render(document: Mapping[str, Any]) -> str:
    """The file's text, from ``inspect.document``."""
    lines = [
        "Ứng dụng ký số của cổng trên máy này (chukyso client inspect)",
        f"Ngày {document['date']} · {document['system']} · cổng {document['site']}",
        "Tên người dùng trong đường dẫn đã được thay; chữ của cửa sổ có thể là của riêng ai thì thay bằng “…”."
        " Hãy đọc lại trước khi gửi.",
    ]
    lines += _section("1. HOST ĐÃ ĐĂNG KÝ (native messaging)", map(_host, document["hosts"]))
    lines += _section("2. TIỆN ÍCH TRONG TRÌNH DUYỆT", map(_extension, document["extensions"]))
    lines += _section("3. CHÍNH SÁCH CỦA TRÌNH DUYỆT", map(_policy, document["policies"]))
    lines += _section("4. CỬA SỔ ĐANG MỞ CỦA ỨNG DỤNG", _windows(document))
    lines += _section("5. KHÔNG ĐỌC ĐƯỢC", ([_line(each)] for each in document["unreadable"]))
    lines += [
        "",
        "6. GIÁ TRỊ ĐỀ XUẤT CHO TỆP CẤU HÌNH (profile)",
        *_hint(document["candidates"]),
        *document["profile"],
        "",
    ]
    return "\n".join(lines)


def fault_text(trouble: Mapping[str, str]) -> str:
    """What is wrong, in Vietnamese, with the detail."""
    said = _FAULTS[Fault(trouble["fault"])]
    return f"{said}: {trouble['detail']}" if trouble["detail"] else said


def _section(title: str, items: Iterable[list[str]]) -> list[str]:
    written = [line for item in items for line in ("", *item)]
    return ["", title, *(written[1:] if written else [_NONE])]


def _fields(title: str, fields: Mapping[str, str], troubles: Iterable[Mapping[str, str]]) -> list[str]:
    lines = [f"* {title}", *(f"    {name}: {value or _NONE}" for name, value in fields.items())]
    lines += [f"    (!) {fault_text(each)}" for each in troubles]
    return [_line(each) for each in lines]


def _line(text: str) -> str:
    """One line with its indent: what other programs wrote must not look like lines of ours."""
    return text[: len(text) - len(text.lstrip(" "))] + one_line(text, _LONGEST)


def _host(host: Mapping[str, Any]) -> list[str]:
    where = {
        f"{each['browser']}, {_LEVELS[each['level']]}"
        + (f", vùng {'/'.join(map(str, each['views']))} bit" if each["views"] else ""): each["place"]
        for each in host["registrations"]
    }
    program = host["program"] or {}
    fields = {f"đăng ký ({name})": place for name, place in where.items()}
    fields |= {
        "tệp khai báo": host["manifest"],
        "kết nối": host["type"],
        "được phép": ", ".join(host["origins"]),
        "chương trình": program.get("path", ""),
    }
    if program.get("exists"):
        publisher = program["publisher"]
        fields |= {
            "loại máy": program["machine"],
            "phiên bản": program["version"],
            "sản phẩm": program["product"],
            "hãng tự ghi": program["company"],
            "nhà phát hành": "chỉ hỏi được trên Windows"
            if publisher is None
            else publisher or "Windows không tin chữ ký nào",
            "bộ giao diện": ", ".join(program["toolkits"]),
            "thư viện": ", ".join(program["imports"]),
        }
    return _fields(host["name"], fields, (*host["troubles"], *program.get("troubles", ())))


def _extension(extension: Mapping[str, Any]) -> list[str]:
    fields = {
        "mã": extension["id"],
        "trình duyệt": f"{extension['browser']} {extension['browser_version'] or _UNKNOWN}",
        "hồ sơ": extension["profile"],
        "thư mục": extension["folder"],
        "tình trạng": _ENABLED[extension["enabled"]],
        "manifest": str(extension["manifest_version"]),
        "quyền": ", ".join(extension["permissions"]),
        "trang được đọc": ", ".join(extension["host_permissions"]),
        "trang được chèn mã": ", ".join(extension["matches"]),
        "trang được gọi": ", ".join(extension["connectable"]),
        "cập nhật từ": extension["update_url"],
        "host cho phép": ", ".join(extension["allowed_by"]),
    }
    return _fields(f"{extension['name']} {extension['version']}", fields, extension["troubles"])


def _policy(policy: Mapping[str, Any]) -> list[str]:
    title = f"{policy['name']} ({policy['browser']}, {_LEVELS[policy['level']]})"
    return _fields(title, {"giá trị": ", ".join(policy["values"]), "ở": policy["place"]}, ())


def _windows(document: Mapping[str, Any]) -> list[list[str]]:
    if document["windows_trouble"]:
        return [[f"không xem được: {document['windows_trouble']}"]]
    return [_window(each) for each in document["windows"]]


def _window(window: Mapping[str, Any]) -> list[str]:
    title = f"“{window['title']}” · {window['window_class']} · {window['program']['image'] or _UNKNOWN}"
    controls = [
        f"    {each['kind']} · id {each['id']} · {each['window_class']} · “{each['text']}”"
        + (f" · {each['rows']} dòng" if "rows" in each else "")
        + (" · ô mật khẩu" if each["password"] else "")
        for each in window["controls"]
    ]
    return [*map(_line, (f"* {title}", *controls)), *([f"    (!) {window['trouble']}"] if "trouble" in window else [])]


def _hint(found: list[Mapping[str, Any]]) -> list[str]:
    if not found:
        return [
            "Không thấy ứng dụng ký nào của cổng này. Cài ứng dụng và tiện ích theo hướng dẫn của cổng rồi chạy lại."
        ]
    if len(found) > 1:
        names = ", ".join(each["host"] for each in found)
        return [f"Có {len(found)} host có thể là của cổng ({names}): bỏ dấu # ở các dòng của đúng một host."]
    if not found[0]["complete"]:
        return ["Các dòng có dấu (!) ở trên là chỗ phải sửa trước khi ký được."]
    return ["Chép các dòng này vào bản sao của tệp cấu hình."]
