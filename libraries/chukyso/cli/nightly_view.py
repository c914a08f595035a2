"""What ``chukyso nightly`` does and shows."""

from __future__ import annotations

import itertools
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Final

import typer
from rich.console import Console

from chukyso.cli.output import print_json
from chukyso.console import LIVE, guard_console
from chukyso.errors import ChukysoError, Code
from chukyso.nightly.model import Status
from chukyso.nightly.night import Options, run_night
from chukyso.nightly.night import report_only as report_on_latest
from chukyso.nightly.report import HTML, Morning, render_text
from chukyso.nightly.tier import read_tier
from chukyso.terminal import when_terminal_closes

REGRESSION: Final = 3
"""Exit code when something broke."""
_ENDED: Final = {Status.PASS: "đạt", Status.FAIL: "lỗi", Status.SKIP: "bỏ qua"}


def show(tier: str, options: Options, *, report_only: bool, as_json: bool) -> int:
    """Run a night, or only report on the latest, print the report and return the exit code.

    Raises:
        ChukysoError: As ``run_night``.
    """
    guard_console(LIVE)  # a night goes on, whoever reads along
    with _ended_by_sigterm() as stopping:
        morning = _report_only(options) if report_only else _run(tier, options, stopping)
    guard_console()
    if as_json:
        print_json(morning.to_dict())
    else:
        typer.echo(render_text(morning))
        typer.echo(str(options.root / HTML))
    return REGRESSION if morning.comparison.regression else 0


def _report_only(options: Options) -> Morning:
    morning = report_on_latest(options.root)
    if morning is None:
        reason = f"chưa có đêm nào trong “{options.root}”"
        raise ChukysoError(Code.OPTION_INVALID, name="--report-only", reason=reason)
    return morning


def _run(wanted: str, options: Options, stopping: Event) -> Morning:
    tier = read_tier(wanted)
    console = Console(stderr=True, highlight=False)
    with console.status(f"Chạy tầng {tier.name} …"):
        ended = itertools.count(1)

        def tell(how: Status, name: str) -> None:
            if stopping.is_set():  # cut off, which is no news of what it tests
                return
            text = f"{next(ended):>5}  {_ENDED[how]:<8}{name}"
            console.print(text, markup=False, style="red" if how is Status.FAIL else None, soft_wrap=True)

        try:
            return run_night(tier, options, tell)
        except KeyboardInterrupt:
            console.print(f"Đã dừng. Bản tin của đêm dở dang: {options.root / HTML}", markup=False, soft_wrap=True)
            raise


@contextmanager
def _ended_by_sigterm() -> Iterator[Event]:
    """Let SIGTERM, which systemd sends, and a closed terminal end the night as Ctrl-C does; say so, it takes a while.

    Yields whether it was.
    """
    stopping = Event()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():  # one Ctrl-C may come as several signals; what is put away has its time-outs
            return
        stopping.set()
        print("\nĐang dừng, chờ các lần chạy kết thúc …", file=sys.stderr, flush=True)
        raise KeyboardInterrupt

    # SIGINT, too: a shell leaves it ignored for what it starts in the background.
    before = [(number, signal.signal(number, interrupt)) for number in (signal.SIGTERM, signal.SIGINT)]
    when_terminal_closes(interrupt)
    try:
        yield stopping
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        sys.stderr.flush()
