"""What ``chukyso profile check`` prints."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.text import Text

from chukyso.errors import ChukysoError
from chukyso.figures.table import TABLE_FILE, load_tables, references_of
from chukyso.portal.declaring import UPDATE, Need
from chukyso.portal.keys import KEYS
from chukyso.portal.marks import Mark, read_marks
from chukyso.portal.profile import Missing, Profile, examine_profile
from chukyso.portal.reading import Problem
from chukyso.run.options import check_roots

SCHEMA_VERSION: Final = 1
COMPLETE, WRONG, INCOMPLETE = 0, 1, 3
"""Exit codes."""


def show(name: str, *, as_json: bool) -> int:
    """Print what is wrong with a profile and what it does not know, and return the exit code.

    Args:
        name: Its name in ``variables/``, or the path of its file.
        as_json: Print one JSON document on stdout instead of text.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN``, ``PROFILE_INVALID`` when the file is no TOML.
    """
    profile, problems = examine_profile(name)
    problems += _refused(lambda: load_tables(references_of(profile)), TABLE_FILE)
    problems += _refused(lambda: check_roots(profile), "trust.roots")
    wrong = {problem.key for problem in problems}
    missing = [one for one in profile.missing(set(Need) - UPDATE | profile.update_needs) if one.key not in wrong]
    now = [one for one in missing if one.need in profile.update_needs]
    code = WRONG if problems else INCOMPLETE if now else COMPLETE
    if as_json:
        print(json.dumps(_document(profile, problems, missing, code), indent=2))
    else:
        _print(profile, problems, missing, code)
    return code


def _refused(check: Callable[[], object], key: str) -> list[Problem]:
    """What else a run would refuse."""
    try:
        check()
    except ChukysoError as error:
        return [Problem(key, str(error.context["reason"]))]
    return []


def _document(profile: Profile, problems: list[Problem], missing: list[Missing], code: int) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "profile": profile.name,
        "file": str(profile.source),
        "signer": profile.signer.kind.value,
        "complete": code == COMPLETE,
        "known": _known(profile),
        "problems": [{"key": one.key, "reason": one.reason, "nearest": one.nearest} for one in problems],
        "missing": [
            {
                "key": one.key,
                "needed_for": one.need.name.lower(),
                "always": one.need in profile.update_needs,
                "meaning": _meaning(one),
            }
            for one in missing
        ],
    }


def _known(profile: Profile) -> dict[str, int]:
    """How many of the keys that may be unknown are known, by how well; and how many are not."""
    marks, known = read_marks(profile.source), dict.fromkeys([*map(str, Mark), _UNKNOWN], 0)
    for name, key in KEYS.items():
        if key.needed or key.optional:
            unknown = key.is_unknown(profile.value(name))
            known[_UNKNOWN if unknown else marks.get(name, Mark.NONE)] += 1
    return known


def _meaning(missing: Missing) -> str:
    return KEYS[missing.key].vi if missing.key in KEYS else ""


def _print(profile: Profile, problems: list[Problem], missing: list[Missing], code: int) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"Cấu hình {profile.name}: {profile.source}"))
    known = _known(profile)
    console.print(Text(", ".join(f"{known[mark]} {words}" for mark, words in _HOW_WELL.items() if known[mark]) + "."))
    if problems:
        console.print(Text(f"\nPhải sửa {len(problems)} chỗ, lần chạy nào cũng từ chối tệp này:", style="bold red"))
        for problem in problems:
            console.print(Text(f"  ✗ {problem.reason}"))
    for need in Need:
        found = [one for one in missing if one.need is need]
        if found:
            console.print(Text(f"\nChưa biết {len(found)} giá trị, cần để {need.vi}:", style="bold"))
        for one in found:
            console.print(Text(f"  ? {one.key:<34}{_meaning(one)}".rstrip()))
    console.print(Text(f"\n{_CONCLUSIONS[code]}", style="bold"))


_UNKNOWN: Final = "unknown"
_HOW_WELL: Final = {
    Mark.SEEN: "giá trị đã thấy trên cổng (seen)",
    Mark.SOURCES: "theo nhiều nguồn công khai (A)",
    Mark.SOURCE: "theo một nguồn công khai (B)",
    Mark.INFERRED: "suy ra (I)",
    Mark.NONE: "không ghi từ đâu",
    _UNKNOWN: "chưa biết",
}
_CONCLUSIONS: Final = {
    COMPLETE: "Đã biết mọi giá trị mà một lần cập nhật cần.",
    INCOMPLETE: "Còn thiếu giá trị mà một lần cập nhật cần. docs/vi/khoa-cau-hinh.md giải thích từng khóa.",
    WRONG: "Sửa những chỗ có dấu ✗ trước. docs/vi/khoa-cau-hinh.md liệt kê mọi khóa.",
}
