"""``chukyso evidence seal``: seal what is not sealed, and stamp what was sealed without a time stamp."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from chukyso.cli.output import print_json
from chukyso.errors import ChukysoError, Code

_BAD_INPUT = frozenset({Code.EVIDENCE_UNREADABLE, Code.OPTION_INVALID, Code.SECRET_REFERENCE_INVALID})


def seal(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Thư mục kết quả của một lần chạy.")],
    *,
    module: Annotated[str, typer.Option(help="Thư viện PKCS#11 của token niêm phong; mặc định tự tìm.")] = "",
    token_serial: Annotated[str, typer.Option(help="Số sê-ri của token, khi có nhiều token.")] = "",
    cert_serial: Annotated[str, typer.Option(help="Số sê-ri chứng thư số niêm phong; mặc định tự chọn.")] = "",
    pin: Annotated[
        str, typer.Option(help="Tham chiếu tới mã PIN: env:TÊN, file:TỆP, keyring:…, vault:…")
    ] = "env:SEAL_PIN",
    tsa_url: Annotated[
        str, typer.Option(envvar="TSA_URL", help="Địa chỉ http:// của máy chủ dấu thời gian (RFC 3161).")
    ] = "",
    trust: Annotated[
        Path | None, typer.Option(help="Tệp PEM các chứng thư số gốc được tin cậy; diễn tập: gốc của sandbox.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/seal.md.")] = False,
) -> None:
    """Niêm phong biên bản chưa niêm phong; thêm dấu thời gian cho bản chưa có. Chạy lại nhiều lần cũng được.

    Mã thoát: 0 đã niêm phong, có dấu thời gian hoặc không yêu cầu; 1 không niêm phong được; 2 không phải bằng chứng
    hoặc tham số sai; 3 đã niêm phong nhưng chưa lấy được dấu thời gian.
    """
    # Loads what it needs only for this command.
    from chukyso.archive.sealing import SealedReport, seal_later  # noqa: PLC0415
    from chukyso.pin.reference import check_reference, resolve_secret  # noqa: PLC0415
    from chukyso.seal.options import SealOrder, check_seal_options  # noqa: PLC0415

    done: SealedReport | None = None
    problem: ChukysoError | None = None
    try:
        check_reference(pin, "SEAL_PIN")
        options = check_seal_options(
            module=module, token_serial=token_serial, cert_serial=cert_serial, tsa_url=tsa_url, roots=trust or ""
        )
        # A software token is found by this variable; the worker's environment has nothing of ours otherwise.
        store = os.environ.get("SOFTHSM2_CONF")
        options = replace(options, environment={"SOFTHSM2_CONF": store} if store else {})
        done = seal_later(target, SealOrder(options, lambda: resolve_secret(pin, "SEAL_PIN")))
        problem = done.problem
    except ChukysoError as error:
        problem = error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if as_json:
        print_json(_as_json(done, problem))
    else:
        _print(done, problem)
    if done is None and problem is not None:
        raise typer.Exit(2 if problem.code in _BAD_INPUT else 1)
    raise typer.Exit(3 if problem else 0)


def _as_json(done: Any, problem: ChukysoError | None) -> dict[str, Any]:
    return {
        "path": str(done.path) if done else None,
        "changed": bool(done and done.changed),
        "stamped": bool(done and done.stamped),
        "long_term": bool(done and done.long_term),
        "validated": bool(done and done.validated),
        "problem": {"code": problem.code.name, "message": str(problem), "detail": problem.detail} if problem else None,
    }


def _print(done: Any, problem: ChukysoError | None) -> None:
    if done:
        typer.echo(f"{'Đã niêm phong' if done.changed else 'Đã niêm phong từ trước'}: {done.path}")
        if done.changed:
            typer.echo("  chứng minh bằng chứng không đổi từ lúc này, không nói gì về trước đó")
        typer.echo(f"  dấu thời gian: {'có' if done.stamped else 'chưa có'}")
        typer.echo(f"  dữ liệu thu hồi kèm theo: {'có' if done.long_term else 'không'}")
    if problem:
        typer.echo(str(problem), err=True)
        if problem.detail:
            print(f"  {problem.detail}", file=sys.stderr)
