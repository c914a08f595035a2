"""Which of the windows is the one of a rule: found, refused, or not there yet. Pure logic over what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PureWindowsPath

from chukyso.desktop.model import Window
from chukyso.desktop.rule import WindowRule, draws_itself, entitled, lacking, objection
from chukyso.errors import ChukysoError, Code
from chukyso.text import one_line

_MOST = 3  # windows that an error tells of


@dataclass(frozen=True)
class Sight:
    """What one look showed.

    Attributes:
        window: The window with its controls; None when it is not there, or not whole.
        hung: One was there that does not answer.
        lacking: Names of the controls that one lacked.
        hidden: One with its title is hidden.
        seen: Of windows that are no match: what the operator should know, Vietnamese.
    """

    window: Window | None = None
    hung: bool = False
    lacking: tuple[str, ...] = ()
    hidden: bool = False
    seen: tuple[str, ...] = ()


def look(
    rule: WindowRule,
    windows: Iterable[Window],
    describe: Callable[[Window], Window],
    with_controls: Callable[[Window], Window],
) -> Sight:
    """Apply a rule to all windows there are.

    Args:
        rule: The rule.
        windows: Every top-level window.
        describe: Gives a window its ancestors and its program's publisher; asked when the rule needs them.
        with_controls: Gives a window its controls.

    Raises:
        ChukysoError: ``WINDOW_FOREIGN`` when a window with the title is another program's, whatever else is there;
            ``WINDOW_AMBIGUOUS``; ``WINDOW_UNDRIVABLE``; what ``describe`` and ``with_controls`` raise, but for
            ``WINDOW_GONE`` and ``WINDOW_HUNG``.
    """
    shown = [window for window in windows if window.visible]
    if rule.asks_publisher or rule.ancestor:
        shown = [describe(window) if entitled(rule, window) or not rule.titles else window for window in shown]
    ours = [window for window in shown if not objection(rule, window)]
    for window in shown:
        if window not in ours and entitled(rule, window):
            raise _foreign(rule, window)
    candidates = [window for window in ours if not rule.titles or entitled(rule, window)]
    matches, sight = _matches(rule, candidates, with_controls)
    if len(matches) > 1:
        detail = "; ".join(f"{window.handle:#x} of process {window.program.pid}" for window in matches)
        raise ChukysoError(Code.WINDOW_AMBIGUOUS, detail, window=rule.name, count=len(matches))
    if matches:
        return Sight(matches[0])
    hidden = [window for window in windows if not window.visible and entitled(rule, window)]
    others = [window for window in ours if window not in candidates and window.title]
    seen = [f"“{one_line(window.title)}” đang bị ẩn" for window in hidden]
    seen += [f"chương trình đó có cửa sổ “{one_line(window.title)}”" for window in others]
    return Sight(None, sight.hung, sight.lacking, bool(hidden), tuple(seen[:_MOST]))


def nothing(rule: WindowRule, sight: Sight, seconds: float) -> ChukysoError:
    """The error for a window that was not there in time."""
    if sight.hung:
        return ChukysoError(Code.WINDOW_HUNG, window=rule.name)
    if sight.lacking:
        return changed(rule, sight.lacking)
    seen = f"; {', '.join(sight.seen)}" if sight.seen else ""
    waited = f"{seconds:g}"
    return ChukysoError(Code.WINDOW_NOT_FOUND, window=rule.name, seconds=waited, seen=seen, hidden=sight.hidden)


def changed(rule: WindowRule, names: Iterable[str]) -> ChukysoError:
    """The error for a window that lacks controls, or has them twice."""
    listed = ", ".join(f"“{name}”" for name in names)
    return ChukysoError(Code.WINDOW_CHANGED, window=rule.name, what=f"không có đúng một {listed}")


def _matches(
    rule: WindowRule, candidates: Iterable[Window], with_controls: Callable[[Window], Window]
) -> tuple[list[Window], Sight]:
    matches: list[Window] = []
    sight = Sight()
    classes = {name.casefold() for name in rule.classes}
    for bare in candidates:
        if draws_itself(bare) and rule.titles and rule.controls:
            raise ChukysoError(Code.WINDOW_UNDRIVABLE, f"class {bare.window_class}", window=rule.name)
        if bare.window_class.casefold() not in classes:
            continue
        if bare.hung:
            sight = Sight(hung=True)
            continue
        try:
            window = with_controls(bare)
        except ChukysoError as error:
            if error.code not in {Code.WINDOW_GONE, Code.WINDOW_HUNG}:
                raise
            sight = Sight(hung=sight.hung or error.code is Code.WINDOW_HUNG)
            continue
        missing = lacking(rule, window)
        if not missing:
            matches.append(window)
        elif rule.titles:  # of a rule without titles every other window of the program lacks something
            sight = Sight(hung=sight.hung, lacking=tuple(missing))
    return matches, sight


def _foreign(rule: WindowRule, window: Window) -> ChukysoError:
    name = PureWindowsPath(window.program.image).name or f"tiến trình {window.program.pid}"
    detail = f"process {window.program.pid}: {window.program.image or 'image unknown'}; class {window.window_class}"
    return ChukysoError(
        Code.WINDOW_FOREIGN, detail, window=rule.name, program=f"“{one_line(name)}”", reason=objection(rule, window)
    )
