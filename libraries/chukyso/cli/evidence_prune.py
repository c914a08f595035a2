"""``chukyso evidence prune``: remove evidence whose time is over."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chukyso.cli.output import print_json

if TYPE_CHECKING:
    from chukyso.archive.prune import Old

_SOME_KEPT = 3


def prune(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Kho: thư mục có các lần chạy ở bên dưới.")],
    *,
    older_than: Annotated[str, typer.Option(help="Thời hạn lưu: 5y là 5 năm, 400d là 400 ngày.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ nói sẽ xóa gì, không thay đổi gì.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Xóa cả lần chạy chưa rõ kết quả hoặc không kiểm tra được.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/archive.md.")] = False,
) -> None:
    """Xóa bằng chứng quá hạn lưu, giữ chuỗi chứng minh được.

    Mã thoát: 0 đã xóa mọi thứ quá hạn (hoặc không có gì), 3 có lần chạy quá hạn được giữ lại, 1 lỗi.
    """
    from chukyso.archive.catalogue import CATALOGUE, build_catalogue  # noqa: PLC0415 - only for this command
    from chukyso.archive.prune import finish, moment_before, plan, remove, total  # noqa: PLC0415 - only for this command
    from chukyso.cli.evidence_progress import watching  # noqa: PLC0415 - as above

    before = moment_before(datetime.now(UTC), older_than)
    if not dry_run and directory.is_dir():
        finish(directory)
    with watching("Đang kiểm tra") as progress:
        old = plan(directory, before, force=force, progress=progress)
    going, kept = total(old)
    if not as_json:
        _print(old, directory, before, dry_run=dry_run)
    if going and not dry_run:
        _ask(going, yes=yes)
        with watching("Đang xóa") as progress:
            done = iter(range(1, going + 1))
            left = remove(directory, old, lambda _: progress(next(done), going))
        if (directory / CATALOGUE).exists():  # it names the accounts, and has their figures in small
            build_catalogue(directory)
        if not as_json:
            _print_done(directory, going, left)
    if as_json:
        print_json([_json(run, dry_run=dry_run) for run in old])
    raise typer.Exit(_SOME_KEPT if kept else 0)


def _ask(going: int, *, yes: bool) -> None:
    if yes:
        return
    from chukyso.errors import ChukysoError, Code  # noqa: PLC0415 - only for this command

    if not sys.stdin.isatty():
        reason = "không có ai để hỏi lại; thêm --yes"
        raise ChukysoError(Code.PRUNE_REFUSED, "not a terminal, and no --yes", path="", reason=reason)
    if not typer.confirm(f"Xóa hẳn {going} lần chạy?", default=False, err=True):
        raise ChukysoError(Code.PRUNE_REFUSED, "the operator declined", path="", reason="người vận hành không đồng ý")


def _print(old: list[Old], directory: Path, before: datetime, *, dry_run: bool) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for this command
    from rich.text import Text  # noqa: PLC0415 - as above

    from chukyso.cli.evidence_verify import harmless  # noqa: PLC0415 - as above
    from chukyso.moment import in_vietnam  # noqa: PLC0415 - as above

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(harmless(f"{directory}: quá hạn là trước {in_vietnam(before)}")))
    if not old:
        console.print(Text("Không có lần chạy nào quá hạn. / Nothing is that old.", style="dim"))
    for run in old:
        what = f"{run.run}  {in_vietnam(run.ended)}  {run.outcome}"
        if run.keep_because:
            console.print(Text(harmless(f"giữ  {what}: {run.keep_because[0]}"), style="yellow"))
            console.print(Text(harmless(f"     kept: {run.keep_because[1]}"), style="dim"))
        else:
            console.print(Text(harmless(f"{'sẽ xóa' if dry_run else 'xóa'}  {what}"), style="bold"))


def _print_done(directory: Path, going: int, left: list[str]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for this command
    from rich.text import Text  # noqa: PLC0415 - as above

    from chukyso.archive.tombstone import TOMBSTONES  # noqa: PLC0415 - as above
    from chukyso.cli.evidence_verify import harmless  # noqa: PLC0415 - as above

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(harmless(f"Đã xóa {going} lần chạy; dấu vết ở {directory / TOMBSTONES}"), style="green"))
    for path in left:
        text = f"! còn lại {path}: không phải tệp của lần chạy, hãy tự xem có dữ liệu cá nhân không"
        console.print(Text(harmless(text), style="yellow"))


def _json(run: Old, *, dry_run: bool) -> dict[str, object]:
    return {
        "run": run.run,
        "ended": run.ended.isoformat(),
        "outcome": run.outcome,
        "chain": asdict(run.link) if run.link else None,
        "manifest": run.manifest,
        "action": "keep" if run.keep_because else "would-remove" if dry_run else "removed",
        "reason": {"vi": run.keep_because[0], "en": run.keep_because[1]} if run.keep_because else None,
    }
