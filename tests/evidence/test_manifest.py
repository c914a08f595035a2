"""The manifest's model: the schema is made from it, and what is no manifest is refused by it."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chukyso.archive import examine
from chukyso.errors import Outcome
from chukyso.evidence.manifest import encode, from_json, make_manifest, to_json
from chukyso.evidence.model import guide, manifest, portal, run, signing
from chukyso.evidence.model.manifest import Manifest
from support.evidence import make_record
from support.paths import ROOT

GENERATOR = runpy.run_path(str(ROOT / "docs" / "manifest_schema.py"))
PARTS = [
    kind
    for module in (run, guide, signing, portal, manifest)
    for kind in vars(module).values()
    if is_dataclass(kind) and isinstance(kind, type)
]


def test_the_schema_is_made_from_the_model() -> None:
    made = GENERATOR["to_text"](GENERATOR["make_schema"]())
    written = (ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8")
    assert written == made, "run python docs/manifest_schema.py"


def test_the_schema_says_what_each_field_is() -> None:
    """A field that has no description of its own has one in the part that it is."""
    schema = GENERATOR["make_schema"]()
    parts = {**schema["$defs"], "Manifest": schema}
    assert {kind.__name__ for kind in PARTS} == {name for name, part in parts.items() if part.get("type") == "object"}
    for kind in PARTS:
        properties = parts[kind.__name__]["properties"]
        assert list(properties) == [one.name for one in fields(kind)]
        assert parts[kind.__name__]["additionalProperties"] is False
        bare = [name for name, one in properties.items() if "description" not in one and "$ref" not in json.dumps(one)]
        assert bare in ([], ["schema_version"]), kind


@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_what_is_written_is_read_as_it_was(tmp_path: Path, outcome: Outcome) -> None:
    made = make_manifest(tmp_path, make_record(tmp_path, outcome))
    assert from_json(json.loads(encode(made)), Manifest) == made


@pytest.fixture
def content(tmp_path: Path) -> dict[str, Any]:
    return to_json(make_manifest(tmp_path, make_record(tmp_path, Outcome.UPDATED)))


def test_verify_asks_for_what_the_model_requires() -> None:
    """It reads raw objects, to go on where the model would refuse the whole; what must be there is said twice."""
    required = {one.name for one in fields(Manifest) if not one.metadata.get("added")}
    asked = {*examine._REQUIRED, *examine._NULLABLE, *examine._LISTS}
    assert asked | {"schema_version", "outcome"} == required


OF_BEFORE = ("privacy", "validation", "receipt", "earlier_submission", "result_mail", "seal")


def test_a_manifest_of_before_is_read(content: dict[str, Any]) -> None:
    """The first manifests had none of these, and no comparison of figures."""
    whole = replace(from_json(content, Manifest), receipt=None)
    for name in OF_BEFORE:
        del content[name]
    for figure in content["figures"]:
        del figure["match"]
    assert from_json(content, Manifest) == whole


def test_names_of_later_are_passed_over(content: dict[str, Any]) -> None:
    whole = from_json(content, Manifest)
    assert from_json({**content, "weather": "fine", "run": {**content["run"], "mood": 7}}, Manifest) == whole


HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing": lambda content: content.clear(),
    "version of the future": lambda content: content.update(schema_version=2),
    "version as text": lambda content: content.update(schema_version="1"),
    "no version": lambda content: content.pop("schema_version"),
    "rehearsal not said": lambda content: content["run"].pop("rehearsal"),
    "rehearsal as text": lambda content: content["run"].update(rehearsal="false"),
    "rehearsal as number": lambda content: content["run"].update(rehearsal=1),
    "outcome of our own": lambda content: content.update(outcome="success"),
    "no error and none said": lambda content: content.pop("error"),
    "time without a zone": lambda content: content["run"].update(started="2026-03-02T08:15:00"),
    "time as number": lambda content: content["run"].update(started=0),
    "number 0": lambda content: content["figures"][0].update(number=0),
    "number as truth": lambda content: content["figures"][0].update(number=True),
    "hash in capitals": lambda content: content["files"][0].update(sha256="A" * 64),
    "size below nothing": lambda content: content["files"][0].update(size=-1),
    "submission elsewhere": lambda content: content["submission"].update(path="/etc/passwd"),
    "certificate as list": lambda content: content["certificates"].update(new=[]),
    "chain upwards": lambda content: content.update(chain={"id": "../x", "sequence": 1, "previous": None}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_manifest_is_refused(content: dict[str, Any], name: str) -> None:
    HOSTILE[name](content)
    with pytest.raises(msgspec.ValidationError):
        from_json(content, Manifest)
