"""``chukyso evidence``: the evidence of runs, afterwards. One module per command beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chukyso.cli.evidence_catalogue import catalogue
from chukyso.cli.evidence_complete import complete
from chukyso.cli.evidence_prune import prune
from chukyso.cli.evidence_report import report
from chukyso.cli.evidence_seal import seal

evidence = typer.Typer(
    name="evidence",
    help="Bằng chứng của các lần chạy: kiểm tra, bổ sung, lập danh mục, xóa khi hết hạn lưu.",
    no_args_is_help=True,
)

evidence.command()(catalogue)
evidence.command()(complete)
evidence.command()(prune)
evidence.command()(report)
evidence.command()(seal)


@evidence.command()
def verify(
    target: Annotated[
        Path, typer.Argument(metavar="DIR|PDF", help="Thư mục của một hay nhiều lần chạy, hoặc report.pdf.")
    ],
    *,
    trust: Annotated[
        list[Path] | None,
        typer.Option(
            help="Tệp PEM chứng thư số gốc được tin cậy, lấy từ nơi khác, không lấy trong bằng chứng; có thể lặp lại."
        ),
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Coi thư mục là toàn bộ kho: thiếu lần chạy nào của chuỗi cũng là lỗi.")
    ] = False,
    part: Annotated[
        bool, typer.Option("--part", help="Thư mục chỉ là một phần của kho: không đòi các lần chạy ở trước và sau.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Số tiến trình cùng kiểm tra khi có nhiều lần chạy.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/archive.md.")] = False,
) -> None:
    """Kiểm tra bằng chứng: có bị sửa không, và căn cứ vào đâu mà biết; dòng đầu nói cả hai.

    Mã thoát: 0 nguyên vẹn, có sổ của máy này hoặc niêm phong tin được xác nhận; 1 đã bị thay đổi; 2 không phải bằng
    chứng hoặc không đọc được; 3 không thấy thay đổi, nhưng ngoài chính bằng chứng không có gì chứng minh.
    """
    from chukyso.archive.links import Extent  # noqa: PLC0415 - loads what it needs only for this command
    from chukyso.cli.evidence_verify import EvidenceVerifyOptions, show  # noqa: PLC0415 - as above

    if complete and part:
        raise typer.BadParameter("--complete và --part loại trừ nhau")
    extent = Extent.WHOLE if complete else Extent.PART if part else None
    options = EvidenceVerifyOptions(trust=tuple(trust or ()), extent=extent, jobs=jobs)
    raise typer.Exit(show(target, options, as_json=as_json))
