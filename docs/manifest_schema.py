"""Writes ``docs/manifest.schema.json``: ``python docs/manifest_schema.py``. A test makes it, too.

msgspec makes the schema of the classes in ``chukyso.evidence.model``; what it cannot know is added here: that other
names are refused, which fields every manifest has, and the descriptions from the docstrings.
"""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from chukyso.evidence.model import guide, manifest, portal, run, signing
from chukyso.evidence.model.manifest import SCHEMA_VERSION, Manifest

PAGE: Final = Path(__file__).parent / "manifest.schema.json"
_MODULES: Final = (run, guide, signing, portal, manifest)
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def make_schema() -> dict[str, Any]:
    """The JSON Schema of a manifest."""
    parts: dict[str, Any] = msgspec.json.schema(Manifest)["$defs"]
    classes = {name: kind for module in _MODULES for name, kind in inspect.getmembers(module, inspect.isclass)}
    for name, part in parts.items():
        _describe(classes[name], part)
    whole = parts.pop(Manifest.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:bhxh-chu-ky-so:manifest:{SCHEMA_VERSION}",
        **whole,
        "title": "Evidence of one run",
        "$defs": parts,
    }


def _describe(kind: type, part: dict[str, Any]) -> None:
    head, _, attributes = (inspect.getdoc(kind) or "").partition("\n\nAttributes:\n")
    part["description"] = " ".join(head.split())
    if not is_dataclass(kind):
        return
    part["additionalProperties"] = False
    part["required"] = [one.name for one in fields(kind) if not one.metadata.get("added")]
    part["properties"] = {one.name: part["properties"][one.name] for one in fields(kind)}
    for schema in part["properties"].values():
        schema.pop("default", None)
    for name, words in _ATTRIBUTE.findall(attributes):
        part["properties"][name]["description"] = " ".join(words.split())


def to_text(schema: dict[str, Any]) -> str:
    """The file's content."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PAGE.write_text(to_text(make_schema()), encoding="utf-8", newline="\n")
    print(PAGE)
