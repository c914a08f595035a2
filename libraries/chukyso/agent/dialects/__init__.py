"""Dialects: pages that were written for another vendor's signing plugin talk to this agent in that plugin's words.

Each dialect is a wire module. It reads the plugin's messages into a ``task``, hands it to ``Core.perform``, and writes
what comes back in the plugin's form; the gate, the windows and everything else that protects the operator is the
agent's. What is known of each protocol, and how well, is in ``docs/dialects/``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chukyso.errors import ChukysoError, Code

if TYPE_CHECKING:
    from chukyso.agent.listening import Dialect

NAMES = ("vgca", "vnpt", "viettel")


def find_dialects(name: str) -> tuple[Dialect, ...]:
    """Return what listens for a dialect; Viettel's pages know one address for ``http:`` and one for ``https:``.

    Args:
        name: One of ``NAMES``.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    makers: dict[str, Callable[[], tuple[Dialect, ...]]] = {"vgca": _vgca, "vnpt": _vnpt, "viettel": _viettel}
    if name not in makers:
        raise ChukysoError(
            Code.OPTION_INVALID, f"no dialect {name!r:.50}", name="--dialect", reason=f"chỉ có {', '.join(NAMES)}"
        )
    return makers[name]()


# Loaded when they are asked for: a run needs no dialect.


def _vgca() -> tuple[Dialect, ...]:
    from chukyso.agent.dialects.vgca import Vgca  # noqa: PLC0415 - see above

    return (Vgca(),)


def _vnpt() -> tuple[Dialect, ...]:
    from chukyso.agent.dialects.vnpt import Vnpt  # noqa: PLC0415 - see above

    return (Vnpt(),)


def _viettel() -> tuple[Dialect, ...]:
    from chukyso.agent.dialects.viettel import Viettel  # noqa: PLC0415 - see above

    return (Viettel(tls=False), Viettel(tls=True))
