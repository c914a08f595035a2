"""What ``chukyso profile diff`` prints."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

from chukyso.cli.output import print_json
from chukyso.portal.difference import Change, Difference, compare_profiles
from chukyso.portal.keys import KEYS
from chukyso.portal.profile import Profile, examine_profile

SCHEMA_VERSION: Final = 1
SAME, DIFFERENT = 0, 3
"""Exit codes."""
_TITLES: Final = {
    Change.LEARNED: "Chỉ {second} biết",
    Change.LOST: "Chỉ {first} biết",
    Change.CHANGED: "{first} và {second} nói khác nhau",
}


def show(first: str, second: str, *, as_json: bool) -> int:
    """Print how two profiles differ, and return the exit code.

    Args:
        first: Name or path of a profile.
        second: Of another one.
        as_json: Print one JSON document on stdout instead of text.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN``, ``PROFILE_INVALID`` when a file is no TOML.
    """
    (one, wrong), (other, also_wrong) = examine_profile(first), examine_profile(second)
    differences = compare_profiles(one, other)
    if as_json:
        print_json(_document(one, other, differences))
    else:
        console = Console(highlight=False, soft_wrap=True)
        _print(console, one, other, differences)
        for profile in [each for each, problems in ((one, wrong), (other, also_wrong)) if problems]:
            console.print(Text(f"Lưu ý: {profile.source} có chỗ phải sửa; xem chukyso profile check."))
    return DIFFERENT if differences else SAME


def _document(first: Profile, second: Profile, differences: list[Difference]) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "first": str(first.source),
        "second": str(second.source),
        "same": not differences,
        "differences": [
            {"key": one.key, "change": one.change.value, "first": one.first, "second": one.second}
            for one in differences
        ],
    }


def _print(console: Console, first: Profile, second: Profile, differences: list[Difference]) -> None:
    names = _names(first, second)
    for change, title in _TITLES.items():
        found = [one for one in differences if one.change is change]
        if found:
            console.print(Text(f"{title.format(**names)} {len(found)} giá trị:", style="bold"))
        for one in found:
            meaning = KEYS[one.key].vi if one.key in KEYS else ""
            console.print(Text(f"  {one.key:<34}{meaning}".rstrip()))
            if change is not Change.LEARNED:
                console.print(Text(f"    - {one.first}"))
            if change is not Change.LOST:
                console.print(Text(f"    + {one.second}"))
        if found:
            console.print()
    if not differences:
        console.print(Text(f"{names['first']} và {names['second']} nói như nhau về mọi khóa."))


def _names(first: Profile, second: Profile) -> dict[str, str]:
    """What the two are called; by their files when they have the same name."""
    if first.name != second.name:
        return {"first": first.name, "second": second.name}
    return {"first": str(first.source), "second": str(second.source)}
