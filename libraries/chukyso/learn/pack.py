"""What is known of a portal as one text that a person can read and then send: without anything about somebody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.items import String

from chukyso.errors import ChukysoError, Code
from chukyso.learn.personal import FixedText
from chukyso.portal.profile import Profile, examine_profile

FORM: Final = 1
"""Version of the form of the text."""
_RULE: Final = "=" * 12
_FOLDER: Final = ".seen"
_KINDS: Final = (".txt", ".json")
_BIGGEST: Final = 4 << 20
_MARK: Final = re.compile(r"# ?(?:A|B|I|seen \d{4}-\d\d-\d\d, [^;]*)(?!\w)")
# Whose they are says nothing of a person: the portal's own address, the sender of its mail.
_PORTALS_OWN: Final = ("portal.url", "result_mail.sender")
_PATHS: Final = ("trust.roots",)


@dataclass(frozen=True)
class Pack:
    """What is to be sent.

    Attributes:
        text: All of it.
        files: Names of what is in it.
    """

    text: str
    files: tuple[str, ...]


def seen_folder(profile: Path) -> Path:
    """The directory beside a profile in which a run that is taught leaves outlines of pages and dumps of windows."""
    return profile.with_suffix(_FOLDER)


def pack(name: str, hide: Iterable[str] = ()) -> Pack:
    """Put a profile and what was seen of its portal into one text.

    Args:
        name: Name or path of the profile.
        hide: Texts that must not be in it: names, numbers.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN``, ``PROFILE_INVALID``.
    """
    fixed = FixedText(hide)
    profile, problems = examine_profile(name)
    files = {profile.source.name: _profile(profile, fixed)}
    for path in sorted(seen_folder(profile.source).glob("*")):
        if path.suffix.lower() in _KINDS and path.is_file():
            files[path.name] = _other(path, fixed)
    about = (
        f"chukyso profile pack {FORM}\nversion {version('bhxh-chu-ky-so')}\nsigner {profile.signer.kind.value}\n"
        f"to be mended {', '.join(fixed.scrubbed(one.key) for one in problems) or 'nothing'}\n"
    )
    parts = [about, *(f"{_RULE} {fixed.scrubbed(title)}\n{text.rstrip()}\n" for title, text in files.items())]
    return Pack("\n".join(parts), tuple(files))


def _profile(profile: Profile, fixed: FixedText) -> str:
    document = tomlkit.parse(profile.source.read_text(encoding="utf-8-sig"))
    _clean(document, "", fixed)
    lines = tomlkit.dumps(document).splitlines()
    return "\n".join(fixed.scrubbed(line) if line.lstrip().startswith("#") else line for line in lines)


def _clean(table: Any, above: str, fixed: FixedText) -> None:
    """Take out of a table what is about somebody: in texts, in names of its entries and in comments."""
    for name in list(table):
        value, key = table[name], f"{above}{name}"
        if hasattr(value, "items"):
            _clean(value, f"{key}.", fixed)
            continue
        comment = _comment(value.trivia.comment, fixed) if hasattr(value, "trivia") else ""
        if isinstance(value, String) and key not in _PORTALS_OWN:
            text = re.split(r"[\\/]", value)[-1] if key in _PATHS else str(value)
            if (cleaned := fixed.scrubbed(text)) != str(value):
                value = table[name] = tomlkit.item(cleaned)
        if hasattr(value, "trivia") and comment:
            value.trivia.comment = comment
            value.trivia.comment_ws = value.trivia.comment_ws or "  "
        if (called := fixed.scrubbed(name)) != name:
            table.remove(name)
            table[called] = value


def _comment(comment: str, fixed: FixedText) -> str:
    mark = _MARK.match(comment)
    end = mark.end() if mark else 0
    return comment[:end] + fixed.scrubbed(comment[end:])


def _other(path: Path, fixed: FixedText) -> str:
    try:
        if path.stat().st_size > _BIGGEST:
            return f"(left out: larger than {_BIGGEST >> 20} MiB)"
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".json":
            return json.dumps(_without_rows(json.loads(text), fixed), ensure_ascii=False, indent=1)
    except (OSError, ValueError) as error:
        return f"(left out: {type(error).__name__})"
    return "\n".join(map(fixed.scrubbed, text.splitlines()))


def _without_rows(value: Any, fixed: FixedText) -> Any:
    """A dump with its texts cleaned; of the rows of a list (certificates, files) only how many there are."""
    if isinstance(value, dict):
        return {
            name: len(one) if name == "rows" and isinstance(one, list) else _without_rows(one, fixed)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_without_rows(one, fixed) for one in value]
    return fixed.scrubbed(value) if isinstance(value, str) else value


def write_pack(made: Pack, output: Path) -> None:
    """Write the text into a file.

    Raises:
        ChukysoError: ``OUTPUT_NOT_WRITABLE``.
    """
    try:
        output.write_text(made.text, encoding="utf-8")
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, f"{type(error).__name__}: {error}", path=output) from error
