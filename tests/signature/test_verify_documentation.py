"""``docs/verification.md`` says what the code does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chukyso.cli.verify_view import EXIT_CODES
from chukyso.signature.indications import CIRCUMSTANCES, INDICATIONS
from support.paths import ROOT
from support.signature import Pki
from support.verify import verdict

PAGE = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose header row begins so, without back-ticks."""
    table = PAGE[PAGE.index(heading) :].split("\n\n", 1)[0].splitlines()[2:]
    return [[re.sub(r"^`([^`]*)`$", r"\1", cell.strip()) for cell in row.strip("|").split("|")] for row in table]


def test_table_of_codes() -> None:
    found = sorted((code, status, word, bool(case)) for code, case, status, word in rows("| code | case "))
    plain = [(code.value, word.status.value, word.value, False) for code, word in INDICATIONS.items()]
    refined = [(code.value, word.status.value, word.value, True) for (code, _), word in CIRCUMSTANCES.items()]
    assert found == sorted(plain + refined)


def test_exit_codes() -> None:
    found = {meaning: int(code) for code, meaning in rows("| exit code |") if meaning.isupper()}
    assert found == {status.value: code for status, code in EXIT_CODES.items()}


def test_options() -> None:
    text = (ROOT / "libraries" / "chukyso" / "cli" / "verify.py").read_text(encoding="utf-8")
    parameters = set(re.findall(r"^    (\w+): Annotated", text, re.MULTILINE)) - {"file"}
    documented = {row[0].split()[0].strip("`-") for row in rows("| option |")}
    assert documented == {name.removeprefix("as_") for name in parameters}


@pytest.mark.usefixtures("good_answers")
def test_members_of_the_json(pki: Pki) -> None:
    data: dict[str, Any] = verdict(pki, pki.signed()).to_json()
    documented = {row[0]: row[1] for row in rows("| member |")}
    assert set(documented) == {"file", *data}
    for member, part in (("certificate", data["certificate"]), ("answers", data["answers"][0])):
        assert set(part) <= set(re.findall(r"`(\w+)`", documented[member]))
    reason = verdict(pki, b"<A/>").to_json()["reasons"][0]
    assert set(reason) == set(re.findall(r"`(\w+)`", documented["reasons"]))
    assert set(data["path"][0]) == set(data["certificate"])
