"""Names of variables: a misspelt one is refused, since it would silently leave the default in force."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from chukyso.errors import ChukysoError, Code

_TOOLS = ("pabot", "callerid")  # pabot gives every suite variables of its own

# What people in Vietnam call these, and would try first.
_CALLED = {
    "mst": "TAX_CODE",
    "masothue": "TAX_CODE",
    "username": "TAX_CODE",
    "matkhau": "PORTAL_PASSWORD",
    "password": "PORTAL_PASSWORD",
    "mapin": "TOKEN_PIN",
    "pin": "TOKEN_PIN",
    "madonvi": "UNIT_CODE",
    "driver": "TOKEN_MODULE",
    "module": "TOKEN_MODULE",
}


def refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """Check that every given name is known, compared as Robot does: case, spaces and underscores do not count.

    Raises:
        ChukysoError: ``OPTION_UNKNOWN``, naming the known name that is most like it.
    """
    names = {_normal(name): name for name in known}
    for name in given:
        if _normal(name) in names or _normal(name).startswith(_TOOLS):
            continue
        called = [_normal(_CALLED.get(_normal(name), ""))]
        alike = [each for each in called if each in names] or difflib.get_close_matches(_normal(name), names, n=1)
        hint = f"có phải là “{names[alike[0]]}” không" if alike else "không giống biến nào"
        raise ChukysoError(Code.OPTION_UNKNOWN, f"known: {', '.join(sorted(names.values()))}", name=name, hint=hint)


def _normal(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()
