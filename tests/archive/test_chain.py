"""The chain of manifests and its register: links, crashes, two processes at once, a register that cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import jsonschema
import pytest

from chukyso.archive.chain import note_replaced, settle_earlier
from chukyso.archive.ledger import chain_name, read_register
from chukyso.archive.register import opened
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.directory import prepare_output
from chukyso.state import state_directory
from support.archive import found, hash_of, make_archive, make_run
from support.evidence import manifest
from support.paths import ROOT

SCHEMA = json.loads((ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8"))
POSIX = pytest.mark.skipif(os.name == "nt", reason="processes are forked and killed as POSIX does")


def register() -> Path:
    return state_directory() / "chains" / "rehearsal.jsonl"


def killed(output: Path, where: str) -> None:
    """A run whose process is gone, as by kill -9, right before a step of writing its manifest."""
    script = textwrap.dedent(f"""
        import os, sys
        from pathlib import Path
        from chukyso.archive import chain, register
        from support.archive import make_run
        def gone(*_args, **_more):
            os.kill(os.getpid(), 9)
        {where} = gone
        make_run(Path(sys.argv[1]))
    """)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), *sys.path])}
    done = subprocess.run([sys.executable, "-c", script, str(output)], env=environment, check=False)
    assert done.returncode == -9


def test_each_manifest_carries_the_hash_of_the_one_before(tmp_path: Path) -> None:
    runs = make_archive(tmp_path, 3)
    links = [manifest(run)["chain"] for run in runs]
    assert [link["sequence"] for link in links] == [1, 2, 3]
    assert [link["previous"] for link in links] == [
        None,
        *(hash_of(run / "evidence/manifest.json") for run in runs[:2]),
    ]
    assert len({link["id"] for link in links}) == 1
    schema = {**SCHEMA["properties"]["chain"], "$defs": SCHEMA["$defs"]}
    for link in (*links, None):
        jsonschema.validate(link, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**links[0], "sequence": 0}, schema)
    assert found(tmp_path) == set()


def test_rehearsals_and_profiles_have_chains_of_their_own(tmp_path: Path) -> None:
    names = [
        chain_name("sandbox", rehearsal=True),
        chain_name("bhxh", rehearsal=False),
        chain_name("", rehearsal=False),
        chain_name("Cổng của tôi/../..", rehearsal=False),
        chain_name("cng-ca-ti", rehearsal=False),
    ]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in names)
    first = make_run(tmp_path / "a")
    other = make_run(tmp_path / "b", rehearsal=False, profile="bhxh")
    assert manifest(first)["chain"]["sequence"] == manifest(other)["chain"]["sequence"] == 1
    assert manifest(other)["chain"]["id"].startswith("profile-bhxh-")


def test_last_line_that_was_never_finished_is_cut_off(tmp_path: Path) -> None:
    make_archive(tmp_path, 2)
    with register().open("ab") as stream:
        stream.write(b'{"event": "run", "sequence": 3, "manif')
    make_run(tmp_path / "run-3", days=3)
    assert manifest(tmp_path / "run-3")["chain"]["sequence"] == 3
    assert found(tmp_path) == set()


@POSIX
@pytest.mark.parametrize(
    ("where", "written"),
    [
        ("chain.write_whole", False),  # announced, the manifest not begun
        ("register.Register.add_run", True),  # the manifest written, the register not told
        ("register.Register.withdraw", True),  # told, the announcement still there
    ],
)
def test_run_that_is_killed_is_in_the_chain_only_if_its_manifest_is(tmp_path: Path, where: str, written: bool) -> None:
    make_run(tmp_path / "run-1")
    killed(tmp_path / "run-2", where)
    assert (tmp_path / "run-2/evidence/manifest.json").exists() is written
    assert found(tmp_path) == (set() if written else {"MANIFEST_MISSING"})
    make_run(tmp_path / "run-3", days=3)
    assert manifest(tmp_path / "run-3")["chain"]["sequence"] == (3 if written else 2)
    assert found(tmp_path) == (set() if written else {"MANIFEST_MISSING"})
    assert not register().with_suffix(".pending").exists()


@POSIX
def test_killed_run_whose_directory_is_gone_keeps_its_number(tmp_path: Path) -> None:
    """Nobody knows whether it had a manifest: a missing run is said to be missing, never explained away."""
    make_run(tmp_path / "run-1")
    killed(tmp_path / "run-2", "register.Register.add_run")
    (tmp_path / "run-2").rename(tmp_path.parent / f"{tmp_path.name}-taken-away")
    make_run(tmp_path / "run-3", days=3)
    assert manifest(tmp_path / "run-3")["chain"]["sequence"] == 3
    assert found(tmp_path) == {"RUN_MISSING"}


@POSIX
def test_two_processes_at_once_get_places_one_after_the_other(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from support.archive import make_run
        for number in range(4):
            make_run(Path(sys.argv[1]) / f"{sys.argv[2]}-{number}")
    """)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), *sys.path])}
    both = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name], env=environment) for name in ("a", "b")
    ]
    assert [process.wait(timeout=240) for process in both] == [0, 0]
    numbers = [manifest(run)["chain"]["sequence"] for run in tmp_path.iterdir()]
    assert sorted(numbers) == list(range(1, 9))
    assert found(tmp_path) == set()


@pytest.mark.parametrize("damage", ["directory", "head", "line"])
def test_register_that_cannot_be_used_costs_the_link_but_not_the_manifest(tmp_path: Path, damage: str) -> None:
    make_run(tmp_path / "run-1")
    lines = register().read_bytes().splitlines(keepends=True)
    if damage == "directory":
        register().unlink()
        register().mkdir()
    else:
        broken = [b"{}\n", *lines[1:]] if damage == "head" else [*lines, b"no line of a register\n"]
        register().write_bytes(b"".join(broken))
    with pytest.raises(ChukysoError) as caught:
        make_run(tmp_path / "run-2")
    assert caught.value.code is Code.CHAIN_NOT_WRITTEN
    assert manifest(tmp_path / "run-2")["chain"] is None
    assert manifest(tmp_path / "run-2")["outcome"] == "updated"


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (0, b'"form": 1', b'"form": 2'),
        (0, b'"salt": "', b'"salt": "x'),
        (1, b'"manifest": "', b'"manifest": "x'),
        (1, b'"sequence": 1', b'"sequence": true'),
    ],
)
def test_damage_of_the_register_is_told_who_writes_and_who_verifies(
    tmp_path: Path, line: int, old: bytes, new: bytes
) -> None:
    make_run(tmp_path / "run-1")
    lines = register().read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(old, new)
    register().write_bytes(b"".join(lines))
    assert "REGISTER_BROKEN" in found(tmp_path)
    with pytest.raises(ChukysoError) as caught:
        make_run(tmp_path / "run-2")
    assert caught.value.code is Code.CHAIN_NOT_WRITTEN


@pytest.mark.parametrize("content", [b"", b"{}", b'{"line": {"sequence": 2, "manifest": "x"}, "place": "/"}'])
def test_announcement_that_says_nothing_is_withdrawn(tmp_path: Path, content: bytes) -> None:
    make_run(tmp_path / "run-1")
    register().with_suffix(".pending").write_bytes(content)
    assert found(tmp_path) == set()
    assert manifest(make_run(tmp_path / "run-2", days=3))["chain"]["sequence"] == 2
    assert found(tmp_path) == set()


@POSIX
def test_register_is_for_its_user_alone(tmp_path: Path) -> None:
    make_run(tmp_path / "run")
    assert {path.stat().st_mode & 0o777 for path in register().parent.iterdir()} == {0o600}


def test_earlier_evidence_that_a_new_run_replaces_is_noted(tmp_path: Path) -> None:
    output = make_run(tmp_path / "results", Outcome.DRY_RUN)
    old = manifest(output)["chain"]
    earlier = settle_earlier(output)
    assert earlier is not None
    assert prepare_output(output) is None, "nothing was submitted, so nothing is kept"
    note_replaced(output, earlier)
    make_run(output, days=1)
    assert manifest(output)["chain"]["previous"] == earlier.manifest
    known = read_register(old["id"])
    assert known is not None
    assert known.removed == {1: (earlier.manifest, "replaced")}
    assert found(tmp_path) == set(), "a replaced run is not missed"
    stone = json.loads((output / "evidence-removed.jsonl").read_text(encoding="utf-8"))
    assert (stone["chain"], stone["reason"]) == (old, "replaced")


def test_register_is_one_runs_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chukyso.storage.lock._LOCK_SECONDS", 0.05)
    with opened("rehearsal"), pytest.raises(ChukysoError) as caught, opened("rehearsal"):
        pass
    assert caught.value.code is Code.CHAIN_NOT_WRITTEN
    assert manifest(make_run(tmp_path / "run"))["chain"]["sequence"] == 1


def test_register_names_no_place_and_no_account(tmp_path: Path) -> None:
    make_run(tmp_path / "0101234565" / "run")
    text = "".join(path.read_text(encoding="utf-8") for path in register().parent.iterdir())
    assert "0101234565" not in text
    assert tmp_path.name not in text
