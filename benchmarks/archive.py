"""How long ``chukyso evidence verify`` and ``chukyso evidence catalogue`` take over many runs.

    python benchmarks/archive.py --run DIR [--verify 1000] [--catalogue 10000] [--keep DIR]

``--run`` is the output directory of one real rehearsal that ended as ``updated``. Each run that is made from it has a
manifest, a journal, an account and a place in the chain of its own; figures, report, signed document and answers are
those of the real run, as hard links: what is hashed and verified is real, what is read comes from the system's cache.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from chukyso.archive.catalogue import build_catalogue
from chukyso.archive.register import opened
from chukyso.archive.verify import verify_directory
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, encode
from chukyso.state import VARIABLE
from chukyso.taxcode import check_digit

FIRST = datetime(2023, 1, 3, 1, 0, tzinfo=UTC)
# How a run ended, how many of a hundred, its last figure, and the code of its error.
OUTCOMES = (
    ("updated", 80, 6, ""),
    ("already-registered", 8, 2, ""),
    ("dry-run", 3, 3, ""),
    ("rejected", 2, 5, "PORTAL_REJECTED"),
    ("stopped", 3, 4, "PIN_COUNT_LOW"),
    ("failed", 3, 1, "PORTAL_TIMEOUT"),
    ("unknown", 1, 5, "SUBMISSION_UNKNOWN"),
)
KINDS = ("Công ty TNHH", "Công ty cổ phần", "Doanh nghiệp tư nhân", "Hợp tác xã", "Trường mầm non", "Phòng khám")
TRADES = (
    "Thương mại",
    "Xây dựng",
    "Cơ khí",
    "Vận tải",
    "May mặc",
    "Thực phẩm",
    "Nội thất",
    "Phần mềm",
    "In ấn",
    "Du lịch",
)
NAMES = (
    "Ánh Dương",
    "Bình Minh",
    "Đông Hải",
    "Hoa Sen",
    "Kim Ngân",
    "Phúc Lộc",
    "Sao Mai",
    "Thành Đạt",
    "Vạn Xuân",
    "Ý Chí",
)


def make_runs(real: Path, target: Path, count: int, first: datetime, apart: timedelta, *, seed: int = 7) -> None:
    """Make runs of invented accounts from a real one, chained one after another.

    Args:
        real: Output directory of the real run.
        target: Where to make them; ``target/2023/00001`` and so on.
        count: How many.
        first: When the first of them ended.
        apart: How much later each ended than the one before.
        seed: For what is drawn.
    """
    draw = random.Random(seed)  # noqa: S311 - invented companies, not keys
    manifest = json.loads((real / MANIFEST_FILE).read_bytes())
    journal = [json.loads(line) for line in (real / JOURNAL_FILE).read_bytes().splitlines()]
    accounts = [_account(draw) for _ in range(max(1, count // 6))]
    with opened("rehearsal") as register:
        lines = []
        link = register.next()
        for number in range(count):
            ended = first + number * apart
            run = target / str(ended.year) / f"{number + 1:05}"
            content = _one(real, run, copy.deepcopy(manifest), journal, (draw, accounts, ended))
            data = encode({**content, "chain": asdict(link)})
            (run / MANIFEST_FILE).write_bytes(data)
            digest = sha256(data).hexdigest()
            lines.append(register.announce(link, digest, content["run"]["ended"], run) if number == 0 else None)
            register.append(
                {
                    "event": "run",
                    "sequence": link.sequence,
                    "previous": link.previous,
                    "manifest": digest,
                    "ended": content["run"]["ended"],
                    "below": (lines[0] or {})["below"],  # all lie below the same directories, but for the year
                }
            )
            link = type(link)(link.id, link.sequence + 1, digest)
        register.withdraw()


def _account(draw: random.Random) -> tuple[str, str]:
    while True:
        nine = f"0{draw.randrange(10**7, 10**8):08}"
        digit = check_digit(nine)
        if digit:
            break
    return f"{nine}{digit}", f"{draw.choice(KINDS)} {draw.choice(TRADES)} {draw.choice(NAMES)}"


def _one(
    real: Path,
    run: Path,
    manifest: dict[str, Any],
    journal: list[dict[str, Any]],
    drawn: tuple[random.Random, list[tuple[str, str]], datetime],
) -> dict[str, Any]:
    draw, accounts, ended = drawn
    outcome, _, last, code = draw.choices(OUTCOMES, [weight for _, weight, _, _ in OUTCOMES])[0]
    tax_code, owner = draw.choice(accounts)
    signed = last >= 5
    files = []
    for file in manifest["files"]:
        number = next((one for one in CAPTIONS if file["path"] == f"figures/figure-{one}.png"), 0)
        if number > last or file["path"] == JOURNAL_FILE or (file["path"].endswith("submission.xml") and not signed):
            continue
        (run / file["path"]).parent.mkdir(parents=True, exist_ok=True)
        os.link(real / file["path"], run / file["path"])
        files.append(file)
    lines = [line for line in journal if signed or line["event"] not in {"submitting", "signed", "accepted"}]
    lines = [{**line, "seq": seq} for seq, line in enumerate(lines, 1)]
    lines[-1] = {**lines[-1], "data": {"outcome": outcome, "code": code or None}}
    data = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    (run / JOURNAL_FILE).write_bytes(data)
    digest = sha256(data).hexdigest()
    files.append({"path": JOURNAL_FILE, "sha256": digest, "size": len(data)})
    begun = datetime.fromisoformat(manifest["run"]["started"])
    spent = datetime.fromisoformat(manifest["run"]["ended"]) - begun
    moment = {
        name: time.isoformat(timespec="milliseconds") for name, time in (("started", ended - spent), ("ended", ended))
    }
    manifest["run"] |= {"id": str(UUID(int=draw.getrandbits(128), version=4)), **moment}
    manifest |= {"outcome": outcome, "files": files, "account": {"tax_code": tax_code, "unit": None}}
    manifest["figures"] = [figure for figure in manifest["figures"] if figure["number"] <= last]
    manifest["certificates"]["new"]["owner"] = owner
    manifest["journal"] |= {"sha256": digest, "events": len(lines)}
    manifest["error"] = (
        {"code": code, "family": "application", "happened": "", "action": "", "detail": ""} if code else None
    )
    if not signed:
        manifest["submission"], manifest["journal"]["submitting"] = None, None
    manifest.pop("seal", None)
    return manifest


@contextmanager
def timed(what: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - begun:.2f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="output directory of a real run")
    parser.add_argument("--verify", type=int, default=1000)
    parser.add_argument("--catalogue", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="make the runs there, and leave them")
    given = parser.parse_args()
    # Beside the real run: hard links do not cross file systems.
    place = given.keep or Path(tempfile.mkdtemp(prefix="archive-", dir=given.run.absolute().parent))
    os.environ[VARIABLE] = str(place / "state")
    try:
        with timed(f"{given.verify} runs made"):
            # So close together that the kept answers about revocation are fresh for all of them.
            make_runs(given.run, place / "verify", given.verify, _ended(given.run), timedelta(milliseconds=1))
        for jobs in (1, 2):
            with timed(f"verify {given.verify} runs, {jobs} processes"):
                report = verify_directory(place / "verify", jobs=jobs)
        wrong = [finding for finding in report.findings if finding.level > 0]
        print(f"  {report.level.name}, {len(wrong)} findings", *(finding.english for finding in wrong[:3]), sep="\n  ")
        os.environ[VARIABLE] = str(place / "state-catalogue")
        with timed(f"{given.catalogue} runs made"):
            make_runs(given.run, place / "catalogue", given.catalogue, FIRST, timedelta(hours=2.7))
        with timed(f"catalogue of {given.catalogue} runs, first"):
            built = build_catalogue(place / "catalogue")
        with timed("catalogue again, nothing new"):
            again = build_catalogue(place / "catalogue")
        print(f"  {built.read} read first, {again.read} again; page and data {_size(built.page):.1f} MB")
    finally:
        if not given.keep:
            shutil.rmtree(place)
    return 0


def _ended(run: Path) -> datetime:
    return datetime.fromisoformat(json.loads((run / MANIFEST_FILE).read_bytes())["run"]["ended"])


def _size(page: Path) -> float:
    return (page.stat().st_size + (page.with_suffix(".files") / "runs.js").stat().st_size) / 1e6


if __name__ == "__main__":
    sys.exit(main())
