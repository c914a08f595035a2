"""References as files: what is read back, what is damaged and how that is told, and what is committed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from chukyso.errors import ChukysoError
from chukyso.evidence.model.guide import Match
from chukyso.figures.match import match_structure, refuse_damaged
from chukyso.figures.measurement import Measurement
from chukyso.figures.picture import to_png
from chukyso.figures.privacy import Masker
from chukyso.figures.references import Reference, digest, index_entry, load_references, to_index
from chukyso.figures.rules import rules
from chukyso.portal.profile import PROFILES

MEASUREMENT = Measurement("- button: OK\n- text: Đăng ký\n", (), None, None, 2.0, "Chromium 156", "0badcafe")
PICTURE = to_png(Image.effect_noise((64, 64), 90).convert("RGB"), exact=True)


def write_reference(directory: Path) -> None:
    (directory / "figure-1.png").write_bytes(PICTURE)
    (directory / "figure-1.yaml").write_bytes(MEASUREMENT.structure.encode())
    (directory / "references.json").write_bytes(to_index({1: index_entry(MEASUREMENT, PICTURE)}))


def test_references_are_read_back(tmp_path: Path) -> None:
    write_reference(tmp_path)
    found = load_references(tmp_path)
    assert found.figures == {1: Reference(MEASUREMENT, PICTURE, digest(PICTURE))}
    assert set(found.problems.values()) == {"missing"}
    assert match_structure(2, MEASUREMENT, found).result is Match.NO_REFERENCE


def assert_damaged(directory: Path) -> None:
    """It is known as damaged, nothing is compared with it, and a strict run does not begin."""
    found = load_references(directory)
    assert (found.figures, found.problems[1], found.damaged) == ({}, "damaged", (1,))
    match = match_structure(1, MEASUREMENT, found)
    assert (match.result, match.reason) == (Match.NOT_COMPARABLE, "damaged")
    with pytest.raises(ChukysoError, match=r"\[REFERENCES_DAMAGED\] Hình mẫu của Hình 1 bị hỏng"):
        refuse_damaged(found, directory)


@pytest.mark.parametrize("name", ["figure-1.png", "figure-1.yaml"])
@pytest.mark.parametrize("content", [None, b"other"])
def test_damaged_reference_is_none(tmp_path: Path, name: str, content: bytes | None) -> None:
    write_reference(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert_damaged(tmp_path)


def test_reference_with_other_line_ends_is_damaged(tmp_path: Path) -> None:
    write_reference(tmp_path)
    structure = tmp_path / "figure-1.yaml"
    structure.write_bytes(structure.read_bytes().replace(b"\n", b"\r\n"))
    assert b"\r\n" in structure.read_bytes()
    assert_damaged(tmp_path)


@pytest.mark.parametrize("cut", [lambda data: data[: len(data) // 2], lambda data: data[:8], lambda _: b""])
def test_picture_that_was_cut_before_the_index_was_made_is_damaged(
    tmp_path: Path, cut: Callable[[bytes], bytes]
) -> None:
    write_reference(tmp_path)
    picture = cut(PICTURE)
    (tmp_path / "figure-1.png").write_bytes(picture)
    (tmp_path / "references.json").write_bytes(to_index({1: index_entry(MEASUREMENT, picture)}))
    assert_damaged(tmp_path)


@pytest.mark.parametrize(
    "index", [b"", b"[]", b'{"schema_version": 9, "figures": {}}', b'{"schema_version": 1, "figures": {"7": {}}}']
)
def test_index_that_is_none(tmp_path: Path, index: bytes) -> None:
    (tmp_path / "references.json").write_bytes(index)
    assert set(load_references(tmp_path).problems.values()) == {"damaged"}
    assert load_references(tmp_path / "nowhere").problems[6] == "missing"


def test_committed_references_hold_nothing_of_an_account() -> None:
    """Nothing that looks like a person's data or like an account, in no profile."""
    for directory in (PROFILES.parent / "resources" / "figures").iterdir():
        for path in directory.glob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            assert Masker().text(text) == text, path
            assert not any(rule.pattern.search(text) for rule in rules().structure if rule.text == "<serial>")
        index = directory / "references.json"
        if index.is_file():
            assert not set(load_references(directory).problems.values()) - {"missing"}
            assert "@" not in json.dumps(json.loads(index.read_text(encoding="utf-8")))
        assert sum(path.stat().st_size for path in directory.iterdir()) < 600_000
