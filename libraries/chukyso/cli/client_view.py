"""What ``chukyso client`` prints and writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from chukyso.cli.output import print_json
from chukyso.client.inspect import SITE, Where, document, inspect
from chukyso.client.model import Browser, Level
from chukyso.client.places import Folder, places
from chukyso.client.proposal import site_of
from chukyso.client.report import render
from chukyso.errors import ChukysoError, Code

NOT_READY: Final = 3
"""Exit code when no client, or more than one, or one with something wrong was found."""
_FILE: Final = Path("client.txt")


def show(output: Path | None, user_data: tuple[Path, ...], *, site: str, policies: Path | None, as_json: bool) -> int:
    """Inspect, then print or write the result.

    Returns:
        The exit code: 0 or ``NOT_READY``.

    Raises:
        ChukysoError: ``OPTION_INVALID`` for what is no address; ``OUTPUT_NOT_WRITABLE``.
    """
    where = Where(user_data=user_data)
    if policies is not None:
        folders = tuple(Folder(browser, Level.MACHINE, policies) for browser in Browser)
        where = replace(where, places=replace(places(), policies=folders))
    found = document(inspect(_site(site), where))
    if as_json:
        print_json(found)
    if output is not None or not as_json:
        path = output or _FILE
        _write(path, render(found))
        if not as_json:
            _summarise(found, path)
    ready = len(found["candidates"]) == 1 and found["candidates"][0]["complete"]
    return 0 if ready else NOT_READY


def _site(given: str) -> str:
    try:
        return site_of(given) or SITE
    except ValueError as error:
        reason = "không phải tên máy chủ hay địa chỉ"
        raise ChukysoError(Code.OPTION_INVALID, str(error), name="--site", reason=reason) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, str(error), path=path) from error


def _summarise(found: dict[str, Any], path: Path) -> None:
    names = ", ".join(each["host"] for each in found["candidates"]) or "không thấy"
    print(f"{len(found['hosts'])} host, {len(found['extensions'])} tiện ích, {len(found['policies'])} chính sách.")
    print(f"Ứng dụng ký của {found['site']}: {names}")
    print(f"Đã ghi vào {path.absolute()}; đọc lại tệp trước khi gửi.")
