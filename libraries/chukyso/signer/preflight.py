"""Whether the parts of the portal's own client are there, before a form is filled in. Nothing is started or pressed."""

from __future__ import annotations

from chukyso.client.model import Fault, Inspection, Trouble
from chukyso.errors import ChukysoError, Code

# What is wrong with a host or an extension, as it follows its name.
_SAID = {
    Fault.MANIFEST_MISSING: "tệp đăng ký của nó không còn",
    Fault.MANIFEST_UNREADABLE: "không đọc được tệp đăng ký của nó",
    Fault.PATH_MISSING: "tệp đăng ký không nói chương trình ở đâu",
    Fault.PROGRAM_MISSING: "chương trình đã bị xóa hoặc chuyển chỗ",
    Fault.NOBODY_ALLOWED: "không cho tiện ích mở rộng nào dùng",
    Fault.DISABLED: "đang bị tắt",
    Fault.BLOCKED: "bị chính sách của máy chặn",
    Fault.NO_HOST: "không có chương trình ký nào cho nó dùng",
}


def refuse_missing_parts(inspection: Inspection, *, extension: str, host: str) -> None:
    """Refuse a machine on which a part is missing or cannot work.

    Args:
        inspection: What is installed, also in the browser's data directory.
        extension: Id of the extension; "" when the profile does not know it: then nothing is said of it.
        host: Name of the native messaging host; the same.

    Raises:
        ChukysoError: ``CLIENT_MISSING``, naming the part.
    """
    if host:
        hosts = [one for one in inspection.hosts if one.name == host]
        _require(f"chương trình ký “{host}” (native messaging host)", [one.troubles for one in hosts])
    if extension:
        extensions = [one for one in inspection.extensions if one.id == extension]
        _require(f"tiện ích mở rộng “{extension}”", [one.troubles for one in extensions])


def _require(part: str, found: list[tuple[Trouble, ...]]) -> None:
    """One of what was found is as it should be."""
    if not found:
        raise ChukysoError(Code.CLIENT_MISSING, "not installed", part=f"{part} chưa được cài")
    if not all(found):
        return
    trouble = found[0][0]
    said = _SAID.get(trouble.fault, trouble.fault.value)
    raise ChukysoError(Code.CLIENT_MISSING, f"{trouble.fault.value} {trouble.detail}", part=f"{part} {said}")
