"""Make the README's pictures from rehearsals that are really run, one for each way a day can go.

They are ``figures.png``, ``catalogue.png`` and ``report-page.png``.

Run from the project's directory: ``.venv/bin/python docs/images/evidence_pages.py [DIRECTORY]``. It takes some minutes
and needs poppler's ``pdftoppm``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from photograph import photograph, reduce
from PIL import Image

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import CertificateKind, SandboxOptions, ScenarioOptions
from chukyso.state import VARIABLE as STATE

HERE = Path(__file__).parent
SUITE = HERE.parents[1] / "suites" / "update.robot"
PAGE = 3
"""Page of the sealed report that is shown: the first two figures."""
DOTS = 90
COLUMNS, WIDTH, HEIGHT, GAP = 3, 512, 360, 8  # the figures are 2560 x 1800

Day = tuple[SandboxDetails, dict[str, str]]


def days(sandbox: Sandbox) -> Iterator[Day]:
    """Accounts, and what their operators say."""
    control = Control(sandbox.details)

    def account(**spec: object) -> SandboxDetails:
        return control.scenario(ScenarioOptions(**spec))

    for _ in range(3):
        yield account(), {}
    yield account(), {"DRY_RUN": "True"}
    yield account(registered=CertificateKind.NEW), {}
    yield account(certificates=(CertificateKind.REGISTERED, CertificateKind.REVOKED)), {}
    details = account()
    yield details, {}
    yield details, {}  # the same account again: nothing is left to do
    details = account()
    control.fault(details.tax_code, "submit", "drop-before")
    yield details, {}
    yield account(), {"CONTACT_EMAIL": "khac@example.vn"}
    yield account(), {}


def run(directory: Path, day: Day) -> None:
    """Run the update for one account."""
    details, variables = day
    details.write(directory.with_suffix(".json"))
    given = {
        "SANDBOX": str(directory.with_suffix(".json")),
        "TAX_CODE": details.tax_code,
        "PORTAL_PASSWORD": details.password_reference,
        "TOKEN_PIN": details.pin_reference,
        **variables,
    }
    options = [item for name, value in given.items() for item in ("--variable", f"{name}:{value}")]
    command = [sys.executable, "-m", "robot", "--outputdir", str(directory), "--console", "none", "--nostatusrc"]
    environment = {**os.environ, "PYTHONUTF8": "1", STATE: str(directory.parent.with_name("state"))}
    subprocess.run([*command, *options, str(SUITE)], check=True, env=environment)
    print(directory, flush=True)


def show_figures(output: Path, picture: Path) -> None:
    """The six figures of a run, in two rows."""
    sheet = Image.new("RGB", (COLUMNS * WIDTH + (COLUMNS + 1) * GAP, 2 * HEIGHT + 3 * GAP), "#dfe5ec")
    for place in range(6):
        with Image.open(output / "figures" / f"figure-{place + 1}.png") as figure:
            small = figure.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        row, column = divmod(place, COLUMNS)
        sheet.paste(small, (GAP + column * (WIDTH + GAP), GAP + row * (HEIGHT + GAP)))
    sheet.save(picture)
    reduce(picture)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, Sandbox(SandboxOptions()) as sandbox:
        archive = Path(sys.argv[1] if len(sys.argv) > 1 else scratch) / "archive"
        archive.mkdir(parents=True)
        for number, day in enumerate(days(sandbox), start=1):
            run(archive / f"lan-{number:02}", day)
        subprocess.run([Path(sys.executable).with_name("chukyso"), "evidence", "catalogue", archive], check=True)
        show_figures(archive / "lan-01", HERE / "figures.png")
        photograph(archive / "catalogue.html", HERE / "catalogue.png", 1340, 900)
        pdf, page = archive / "lan-01" / "evidence" / "report.pdf", HERE / "report-page"
        options = ["-r", str(DOTS), "-f", str(PAGE), "-l", str(PAGE), "-singlefile", "-png"]
        subprocess.run(["pdftoppm", *options, pdf, page], check=True)  # noqa: S607 - wherever poppler is installed
        reduce(page.with_suffix(".png"))


if __name__ == "__main__":
    main()
