"""Names of variables, and which known name a misspelt one is most like.

A misspelt variable is refused, since it would silently leave the default in force.
"""

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
        alike = names.get(_normal(_CALLED.get(_normal(name), ""))) or nearest(name, names.values())
        hint = f"có phải là “{alike}” không" if alike else "không giống biến nào"
        raise ChukysoError(Code.OPTION_UNKNOWN, f"known: {', '.join(sorted(names.values()))}", name=name, hint=hint)


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The known name that a name is most like, or ""; case, spaces, underscores do not count.

    Args:
        name: What was written.
        known: What there is.
        cutoff: How much alike they must be, 0 to 1, see ``difflib.get_close_matches``.
    """
    names = {_normal(one): one for one in known}
    return next((names[one] for one in difflib.get_close_matches(_normal(name), names, n=1, cutoff=cutoff)), "")


def _normal(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()
