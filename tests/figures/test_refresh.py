"""``chukyso figures``: what may become a reference, what is shown, and that nothing is written unasked or half."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.cli import app
from chukyso.errors import ChukysoError, Outcome
from chukyso.figures import refresh
from chukyso.figures.measurement import Measurement, Region
from chukyso.figures.references import load_references, write_measurements
from chukyso.figures.refresh import Action, apply_refresh, plan_refresh
from support.evidence import make_record, write_manifest

MEASUREMENT = Measurement(
    "- button: OK\n", (Region("x 0", (10, 40, 200, 60), inside=False),), None, None, 2.0, "Chromium 156", "1"
)


def make_run(directory: Path, outcome: Outcome = Outcome.DRY_RUN, structure: str = "", **changes: object) -> Path:
    """A finished run with measured figures."""
    record = replace(make_record(directory, outcome), **changes)  # type: ignore[arg-type]
    measurement = replace(MEASUREMENT, structure=structure or MEASUREMENT.structure)
    write_measurements(directory, {figure.number: measurement for figure in record.figures})
    write_manifest(directory, record)
    return directory


def chukyso(*arguments: object, answer: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["figures", *map(str, arguments)], input=answer)
    if isinstance(done.exception, ChukysoError):
        return 1, str(done.exception)
    return done.exit_code, done.output


def test_references_are_made_shown_and_kept(tmp_path: Path) -> None:
    run, references = make_run(tmp_path / "run"), tmp_path / "references"
    code, output = chukyso("refresh", run, "--references", references, "--yes")
    assert code == 0, output
    assert set(load_references(references).figures) == {1, 2, 3}
    assert list(references.glob("*.part")) == []
    code, output = chukyso("refresh", run, "--references", references, "--yes")
    assert (code, "Không có gì khác" in output) == (0, True)
    code, output = chukyso("compare", run, "--references", references, "--json")
    found = {figure["number"]: figure["result"] for figure in json.loads(output)["figures"]}
    assert (code, found) == (0, {1: "same", 2: "same", 3: "same"})


def test_nothing_is_written_unasked(tmp_path: Path) -> None:
    references = tmp_path / "references"
    chukyso("refresh", make_run(tmp_path / "run"), "--references", references, "--yes")
    before = {path.name: path.read_bytes() for path in references.iterdir()}
    changed = make_run(tmp_path / "changed", structure="- button: Đồng ý\n")
    code, output = chukyso("refresh", changed, "--references", references, answer="n\n")
    assert code == 3
    for shown in ("- - button: OK", "+ - button: Đồng ý", "thay thế"):
        assert shown.replace("- -", "--").replace("+ -", "+-") in output, output
    assert {path.name: path.read_bytes() for path in references.iterdir()} == before
    preview = next(Path(line[line.index("file://") + 7 :]) for line in output.splitlines() if "file://" in line)
    page = preview.read_text(encoding="utf-8")
    assert "button: Đồng ý" in page
    assert page.count("data:image/png") == 6, "old and new of three figures"
    code, _output = chukyso("compare", changed, "--references", references)
    assert code == 3
    code, _output = chukyso("refresh", changed, "--references", references, "--figure", 2, answer="y\n")
    found = load_references(references).figures
    assert code == 0
    assert [found[number].measurement.structure for number in (1, 2, 3)] == [
        MEASUREMENT.structure,
        "- button: Đồng ý\n",
        MEASUREMENT.structure,
    ]


def test_region_that_changes_is_not_in_the_reference(tmp_path: Path) -> None:
    plan = plan_refresh(make_run(tmp_path / "run"), tmp_path / "references")[0]
    apply_refresh(tmp_path / "references", [plan])
    assert plan.action is Action.NEW
    from PIL import Image

    shown = Image.open(tmp_path / "references" / "figure-1.png").convert("RGB").crop((6, 22, 100, 48))
    assert len(shown.getcolors() or []) == 1


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.STOPPED, Outcome.UNKNOWN, Outcome.REJECTED])
def test_run_that_did_not_end_well_is_no_model(tmp_path: Path, outcome: Outcome) -> None:
    code, output = chukyso("refresh", make_run(tmp_path / "run", outcome), "--references", tmp_path / "new", "--yes")
    assert (code, "OPTION_INVALID" in output) == (1, True)
    assert not (tmp_path / "new").exists()


def test_real_account_must_be_masked_and_its_table_complete(tmp_path: Path) -> None:
    real = make_run(tmp_path / "run", rehearsal=False)
    code, output = chukyso("refresh", real, "--references", tmp_path / "new", "--yes")
    assert (code, "PRIVACY:masked" in output) == (1, True)
    masked = make_run(tmp_path / "masked", rehearsal=False, privacy="masked")
    table = tmp_path / "new" / "figures.toml"
    table.parent.mkdir()
    table.write_text('[figures.2]\nchanging = ["?"]\n', encoding="utf-8")
    code, output = chukyso("refresh", masked, "--references", tmp_path / "new", "--yes")
    assert (code, "PROFILE_INCOMPLETE" in output) == (1, True)
    assert chukyso("refresh", masked, "--references", tmp_path / "new", "--yes", "--figure", 1)[0] == 0
    assert set(load_references(tmp_path / "new").figures) == {1}


@pytest.mark.parametrize(
    "damage", ["no manifest", "other picture", "no measurements", "broken measurements", "no picture"]
)
def test_run_directory_that_is_damaged(tmp_path: Path, damage: str) -> None:
    run = make_run(tmp_path / "run")
    if damage == "no manifest":
        (run / "evidence" / "manifest.json").write_text("{}", encoding="utf-8")
    elif damage == "other picture":
        path = run / "figures" / "figure-2.png"
        path.write_bytes(path.read_bytes() + b"x")
    elif damage == "no picture":
        (run / "figures" / "figure-2.png").unlink()
    elif damage == "broken measurements":
        (run / "figures" / "measurements.json").write_bytes(b'{"schema_version": 1, "figures": {"1": {}}}')
    else:
        (run / "figures" / "measurements.json").unlink()
    code, output = chukyso("refresh", run, "--references", tmp_path / "new", "--yes")
    assert (code, "OPTION_INVALID" in output) == (1, True)
    assert not (tmp_path / "new").exists()


def test_full_disk_leaves_the_old_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    references = tmp_path / "references"
    chukyso("refresh", make_run(tmp_path / "run"), "--references", references, "--yes")
    before = {path.name: path.read_bytes() for path in references.iterdir()}
    plans = plan_refresh(make_run(tmp_path / "changed", structure="- a\n"), references)

    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(refresh.os, "fsync", full)
    with pytest.raises(ChukysoError, match="OUTPUT_DISK_FULL"):
        apply_refresh(references, plans)
    assert {path.name: path.read_bytes() for path in references.iterdir()} == before
