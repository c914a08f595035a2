"""Writes the pages with all keys of a profile, English and Vietnamese: ``python docs/profile_keys.py [DIRECTORY]``.

A test builds them anew and compares, so that they cannot fall behind ``chukyso.portal.keys``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from chukyso.evidence.guide import CAPTIONS
from chukyso.figures.table import declare_figure
from chukyso.portal.declaring import Key, OpenTable
from chukyso.portal.keys import KEYS, OPEN_TABLES
from chukyso.portal.kinds import UNKNOWN


@dataclass(frozen=True)
class Words:
    """What a page says besides the declaration."""

    name: str
    language: str
    head: str
    columns: str
    optional: str
    own: str
    figures: str


_RULE: Final = "|---|---|---|---|---|"
ENGLISH: Final = Words(
    name="profile-keys.md",
    language="en",
    head="""# Keys of a profile

All keys that a profile can have; [profiles.md](profiles.md) says what a profile is. Any other name is refused, with the
nearest known one. This page is made from `chukyso.portal.keys` by `python docs/profile_keys.py`. In Vietnamese:
[vi/khoa-cau-hinh.md](vi/khoa-cau-hinh.md).

A value of `"?"` is unknown; so is one that is missing and has no default, and an empty one unless the meaning says what
empty stands for. A run that needs an unknown value stops before the browser opens and names all of them; a key without
a purpose has a default. “CSS selector”: the element is waited for beside others, or read by the page's JavaScript. “Any
engine”: CSS, `role=`, `text=`, `xpath=`, parts joined by `>>`.""",
    columns="| key | value | needed for | default | meaning |",
    optional="where known: ",
    own="names of your own",
    figures=f"""## `figures.toml`

This file lies beside the references of a profile, see [figures.md](figures.md); `N` is 1 to {len(CAPTIONS)}.""",
)
VIETNAMESE: Final = Words(
    name="vi/khoa-cau-hinh.md",
    language="vi",
    head="""# Các khóa của một tệp cấu hình

Mọi khóa mà một tệp cấu hình có thể có. Tên khác bị từ chối, kèm tên gần giống nhất. Trang này do
`python docs/profile_keys.py` làm từ `chukyso.portal.keys`. Tiếng Anh: [profile-keys.md](../profile-keys.md).

Giá trị `"?"` nghĩa là chưa biết; khóa không có trong tệp mà không có mặc định, hoặc để trống mà cột “nghĩa” không cho
để trống, cũng vậy. Lần chạy nào cần một giá trị chưa biết thì dừng trước khi mở trình duyệt và nêu hết những giá trị
còn thiếu; `chukyso profile check TỆP` liệt kê chúng bất cứ lúc nào. “Bộ định vị CSS”: phần tử được chờ cùng phần tử
khác, hoặc do JavaScript của trang đọc. “Kiểu nào cũng được”: CSS, `role=`, `text=`, `xpath=`, các phần nối bằng
`>>`.""",
    columns="| khóa | giá trị | cần để | mặc định | nghĩa |",
    optional="khi đã biết: ",
    own="tên tùy ý",
    figures=f"""## `figures.toml`

Tệp này nằm cạnh các hình mẫu của một cấu hình, xem [figures.md](../figures.md); `N` từ 1 đến {len(CAPTIONS)}.""",
)


def build(directory: Path) -> list[Path]:
    """Write both pages into a directory and return their paths."""
    written = []
    for words in (ENGLISH, VIETNAMESE):
        path = directory / words.name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(_page(words)) + "\n", encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _page(words: Words) -> Iterator[str]:
    yield words.head
    for table, keys in groupby(KEYS.values(), lambda key: key.table):
        yield f"\n## `[{table}]`\n\n{words.columns}\n{_RULE}"
        yield from (_row(key, key.name.rpartition(".")[2], words) for key in keys)
    for table in OPEN_TABLES:
        yield f"\n## `[{table.name}]`\n\n{words.columns}\n{_RULE}"
        yield _row(table, words.own, words)
    yield f"\n{words.figures}\n\n{words.columns}\n{_RULE}"
    yield from (_row(key, key.name, words) for key in declare_figure("N"))


def _row(key: Key | OpenTable, name: str, words: Words) -> str:
    kind: str = getattr(key.kind, words.language)
    needed = ", ".join(getattr(need, words.language) for need in key.needed)
    optional = isinstance(key, Key) and key.optional
    default = _default(key) if isinstance(key, Key) else ""
    named = name if isinstance(key, OpenTable) else f"`{name}`"
    cells = (named, kind, f"{words.optional if optional else ''}{needed}", default, getattr(key, words.language))
    return f"| {' | '.join(cells)} |"


def _default(key: Key) -> str:
    if key.default == UNKNOWN:
        return ""
    if key.default == "":
        return '`""`'
    if isinstance(key.default, bool):
        return f"`{str(key.default).lower()}`"
    if isinstance(key.default, tuple):
        return f"`{json.dumps(key.default)}`"
    return f"`{key.default}`" if isinstance(key.default, str) else f"`{key.default:g}`"


if __name__ == "__main__":
    for page in build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent):
        print(page)
