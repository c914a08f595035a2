"""Which names in a page a program's author gave, and which a program made up."""

from __future__ import annotations

import re
from typing import Final

# Counters, keys of lists, identifiers of frameworks that begin so whatever follows.
_MADE: Final = re.compile(
    r"(?:mat|cdk|ng|ngb|mdc|p|pr_id|el-id|ember|ext|yui|jss|css|sc|emotion|chakra|radix|headlessui|react|rc|v|svelte|"
    r"MuiBox|jqgen|ui-id|gen|auto|uid|j_idt|ctl)[-_]?(?:[a-z]+[-_])*\d|^:|:$|^(?:sc|css|jss|emotion)-",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_VOWEL: Final = re.compile(r"[aeiouy]", re.IGNORECASE)
_HEX: Final = re.compile(r"(?=[a-f]*\d)[0-9a-f]{6,}|[a-f0-9]{8}-[a-f0-9]{4}-", re.IGNORECASE)
_FRAMEWORK: Final = re.compile(
    r"(?:mat|mdc|cdk|ng|p|v|el|ant|Mui\w*|bootstrap|is|has|js|fa|icon|bi|glyphicon|col|row)-.*"
)
_COLUMN: Final = re.compile(r"(?:mat|cdk)-column-[A-Za-z][\w-]*")
# What a class says of look or state and not of meaning; many more are sorted out because they match several elements.
_LOOK: Final = re.compile(
    r"active|selected|opene?d?|shown?|hidden|visible|hover|focus(?:ed)?|(?:dis|en)abled|checked|current|loading|col|row"
    r"|left|right|top|bottom|center|middle|first|last|odd|even|small|large|big|bold|red|green|blue|gr[ae]y|btn|button"
    r"|link|text|flex|grid|block|inline|container|wrapper|inner|outer|content|primary|secondary|clearfix|fade|in|out"
    r"|cell|item|label|value|field|input|group|box",
    re.IGNORECASE,
)
_UTILITY: Final = re.compile(
    r"-?[a-z]{1,3}(?:-[a-z0-9/.\[\]%]+)*|.*(?:^|-)(?:\d+|xs|sm|md|lg|xl)(?:-.*)?|.*[:/\[\]!@].*"
)


def is_generated(name: str) -> bool:
    """Whether an id or another name of an element looks made by a program, or says a place or a number.

    Any digit counts, but for one at the end of a word (``line2``): numbers are counters, or of a person.
    """
    if not name or re.search(r"\s", name) or _MADE.search(name) or _HEX.search(name):
        return True
    if re.search(r"\d", name) and not re.fullmatch(r"[A-Za-z][A-Za-z_-]*[A-Za-z]\d", name):
        return True
    return any(len(word) >= 5 and not _VOWEL.search(word) for word in _WORD.findall(name))


def is_telling_class(name: str) -> bool:
    """Whether a class seems to say what an element is, and not how it looks or what state it is in."""
    if _COLUMN.fullmatch(name):
        return True
    if _LOOK.fullmatch(name) or _FRAMEWORK.fullmatch(name) or _UTILITY.fullmatch(name):
        return False
    return len(name) > 3 and not is_generated(name)
