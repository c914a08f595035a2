"""The table of what is collected of a failure. Each collector looks, changes nothing, and asks for no PIN."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from robot.libraries.BuiltIn import BuiltIn

from chukyso.errors import ChukysoError
from chukyso.figures.page_camera import PageCamera
from chukyso.figures.taking import public_address, take_failure_picture
from chukyso.nightly.failures import NEAREST
from EvidenceLibrary.figures import BrowserPage
from NightlyListener.locators import describe_missing, missing_element
from NightlyListener.privacy import find_personal

if TYPE_CHECKING:
    from Browser import Browser

_KB: Final = 1000
_MESSAGES: Final = 300
_LOG_LINES: Final = 400
_FAILED_LOAD: Final = "Failed to load resource"  # Chromium's words
_BEFORE: Final = timedelta(seconds=2)
# The page's own structure without what people typed, inline programs and pictures: small, and no secret in it.
_SOURCE: Final = """() => {
    const copy = document.documentElement.cloneNode(true);
    for (const field of copy.querySelectorAll("input, textarea, select")) {
        if (/^(button|submit|reset|checkbox|radio)$/.test(field.type)) continue;
        field.removeAttribute("value");
        if (field.tagName === "TEXTAREA") field.textContent = "";
    }
    for (const one of copy.querySelectorAll("script:not([src]), style")) one.textContent = "";
    for (const one of copy.querySelectorAll("[src^='data:'], [href^='data:']"))
        for (const name of ["src", "href"])
            if (one.hasAttribute(name)) one.setAttribute(name, one.getAttribute(name).slice(0, 30) + "…");
    return `<!-- ${location.origin}${location.pathname} -->\\n<!DOCTYPE html>\\n${copy.outerHTML}`;
}"""
_REQUESTS: Final = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map((one) => ({ url: one.name, status: one.responseStatus, kind: one.initiatorType,
        time: new Date(performance.timeOrigin + one.startTime).toISOString(), milliseconds: Math.round(one.duration) }))
    .filter((one) => one.status === 0 || one.status >= 400)"""


class Nothing(Exception):  # noqa: N818 - it is no error: there is nothing to collect
    """There is nothing to collect; says why, in Vietnamese."""


@dataclass(frozen=True)
class Subject:
    """What failed.

    Attributes:
        name: Full name of the test, or of the suite whose set-up failed.
        test: Full name of the test; "" for a suite.
        message: Robot's message.
        started: When it began; naive local time, as Robot has it.
    """

    name: str
    test: str
    message: str
    started: datetime | None


@dataclass(frozen=True)
class Collector:
    """One line of the table.

    Attributes:
        file: Name of the file that it fills.
        title: What it is, in Vietnamese.
        collect: Returns the file's content; raises ``Nothing``.
        limit: Most bytes of the file.
        is_text: Whether it is redacted and cut; a picture is neither.
        keep_end: Whether the end is kept when it is cut.
    """

    file: str
    title: str
    collect: Callable[[Subject, Path], bytes]
    limit: int
    is_text: bool = True
    keep_end: bool = False


def take_picture(_subject: Subject, folder: Path) -> bytes:
    """The page, secrets covered as in a figure."""
    place = folder / "evidence"  # where ``take_failure_picture`` puts it
    place.mkdir()
    try:
        return take_failure_picture(PageCamera(BrowserPage(_browser())), folder, find_personal()).read_bytes()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def read_source(_subject: Subject, _folder: Path) -> bytes:
    """The page's structure."""
    return str(_browser().evaluate_javascript(None, _SOURCE)).encode()


def read_locator(subject: Subject, _folder: Path) -> bytes:
    """The locator of the element that was not found, and what is most like it."""
    element = missing_element(subject.message)
    if not element:
        raise Nothing("không phải lỗi tìm phần tử")
    return describe_missing(element, _library("PortalLibrary").profile, _browser())


def read_console(_subject: Subject, _folder: Path) -> bytes:
    """What the page wrote to the console, and its uncaught errors."""
    browser = _browser()
    console = browser.get_console_log(full=True, last=_MESSAGES)
    errors = browser.get_page_errors(full=True, last=_MESSAGES)
    if not console and not errors:
        raise Nothing("trang không ghi gì")
    return _json({"console": console, "errors": errors})


def read_requests(_subject: Subject, _folder: Path) -> bytes:
    """Requests that failed, without queries: as the page timed them (status 0: no answer), and as the console says.

    The timings know only the present document, and none of a request whose answer nobody read.
    """
    browser = _browser()
    timed: list[dict[str, Any]] = browser.evaluate_javascript(None, _REQUESTS)
    failed_loads = [entry for entry in browser.get_console_log(full=True) if entry["text"].startswith(_FAILED_LOAD)]
    if not timed and not failed_loads:
        raise Nothing("không có yêu cầu nào bị lỗi")
    return _json(
        {
            "timings": [{**one, "url": public_address(one["url"])} for one in timed[-_MESSAGES:]],
            "console": [
                {"url": public_address(one["location"]["url"]), "text": one["text"], "time": one["time"]}
                for one in failed_loads[-_MESSAGES:]
            ],
        }
    )


def read_tokens(_subject: Subject, _folder: Path) -> bytes:
    """What the tokens say of themselves, the PIN's state with it; no login."""
    try:
        tokens = _library("TokenLibrary").list_tokens()
    except ChukysoError as error:
        raise Nothing(f"không mở token ({error.code.name})") from error
    return _json(
        [
            {
                "serial": token.serial,
                "label": token.label,
                "model": token.model,
                "ready": token.ready,
                "pin_state": token.pin_state,
                "pin_pad": token.pin_pad,
                "flags": f"0x{token.flags:08x}",
            }
            for token in tokens
        ]
    )


def read_sandbox_log(subject: Subject, _folder: Path) -> bytes:
    """The sandbox's log from just before the test began."""
    try:
        details = _library("SandboxLibrary").get_sandbox_details()
    except ChukysoError as error:
        raise Nothing(f"sandbox không chạy ({error.code.name})") from error
    try:
        lines = (details.directory / "sandbox.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise Nothing(f"không đọc được log của sandbox ({type(error).__name__})") from error
    if subject.started:
        since = (subject.started - _BEFORE).strftime("%Y-%m-%d %H:%M:%S")
        first = next((number for number, line in enumerate(lines) if line[:2] == "20" and line[:19] >= since), None)
        lines = lines[first:] if first is not None else []
    if not lines:
        raise Nothing("sandbox không ghi gì trong lúc đó")
    return ("\n".join(lines[-_LOG_LINES:]) + "\n").encode()


COLLECTORS: Final = (
    Collector("picture.png", "Màn hình", take_picture, 1000 * _KB, is_text=False),
    Collector("page.html.txt", "Mã nguồn trang", read_source, 400 * _KB),
    Collector(NEAREST, "Phần tử gần giống", read_locator, 10 * _KB),
    Collector("console.json", "Console và lỗi của trang", read_console, 150 * _KB, keep_end=True),
    Collector("network.json", "Yêu cầu mạng bị lỗi", read_requests, 100 * _KB),
    Collector("token.json", "Trạng thái token", read_tokens, 50 * _KB),
    Collector("sandbox.log", "Log của sandbox", read_sandbox_log, 200 * _KB, keep_end=True),
)


def _library(name: str) -> Any:
    try:
        return BuiltIn().get_library_instance(name)
    except RuntimeError as error:
        raise Nothing(f"không dùng {name}") from error


def _browser() -> Browser:
    """The Browser library with an open page.

    Raises:
        Nothing: There is none. The library would start its driver when asked for a page that never was.
    """
    browser: Browser = _library("Browser")
    if browser._playwright is None:
        raise Nothing("chưa mở trình duyệt")
    from Browser.utils.data_types import SelectionType  # noqa: PLC0415 - loads much, and only where it is used anyway

    active = SelectionType.ACTIVE
    if not browser.get_page_ids(active, active, active):
        raise Nothing("không có trang nào đang mở")
    return browser


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()
