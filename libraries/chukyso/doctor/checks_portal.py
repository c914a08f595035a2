"""Checks of what is known of the portal, and of the clock against its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chukyso.doctor.clock import clock_skew
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Finding, failed, ok, warning
from chukyso.moment import CLOCK_TOLERANCE
from chukyso.portal.kinds import UNKNOWN

WARNED: Final = timedelta(seconds=60)
_SHOWN: Final = 3
_ACTION: Final = "Đặt lại giờ của máy: bật đồng bộ giờ tự động (NTP, “Set time automatically”)."


def check_profile(facts: Facts) -> Finding:
    """The profile knows all that every update needs; what some variables need besides is told by the run."""
    profile = facts.question.profile
    missing = [one.key for one in profile.missing(profile.update_needs)]
    if not missing:
        return ok(f"{profile.source}: đã biết mọi giá trị mà một lần cập nhật cần")
    first = ", ".join(missing[:_SHOWN]) + (", …" if len(missing) > _SHOWN else "")
    return failed(
        f"{profile.source}: chưa biết {len(missing)} giá trị: {first}",
        "Điền vào tệp cấu hình; “chukyso profile check” liệt kê tất cả.",
    )


def check_clock(facts: Facts, skew_of: Callable[[str], timedelta] = clock_skew) -> Finding:
    """The signing time is this machine's: a wrong clock makes signatures that nobody accepts."""
    url = facts.question.portal_url
    if not url:
        return ok("sandbox chưa chạy; cổng của nó dùng chính đồng hồ của máy này")
    if url == UNKNOWN or not url.startswith(("http://", "https://")):
        return warning("chưa biết địa chỉ cổng, nên không so được giờ", "Điền portal.url trong tệp cấu hình.")
    began = time.monotonic()
    try:
        skew = skew_of(url)
    except (OSError, ValueError) as error:
        seconds = time.monotonic() - began
        return warning(
            f"không hỏi được giờ của cổng {url}",
            "Kiểm tra mạng; nếu mạng phải qua proxy, đặt HTTPS_PROXY.",
            f"{type(error).__name__}: {error} after {seconds:.0f} s",
        )
    size = abs(skew)
    way = "nhanh" if skew > timedelta() else "chậm"
    found = f"{way} hơn giờ của cổng {_duration(size)}"
    if size > CLOCK_TOLERANCE:
        return failed(found, _ACTION)
    if size > WARNED:
        return warning(found, _ACTION)
    return ok("khớp giờ của cổng (lệch không quá 1 phút)")


def _duration(size: timedelta) -> str:
    seconds = round(size.total_seconds())
    if seconds < 300:
        return f"{seconds} giây"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    return f"{days} ngày" if days else f"{hours} giờ {minutes % 60} phút" if hours else f"{minutes} phút"
