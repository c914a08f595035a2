"""NSS as a third module, very different from the others: settings as an argument, a database per user, no PIN flags."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chukyso.errors import Code
from chukyso.pin.gate import PinState
from chukyso.token.client import TokenWorker
from chukyso.token.discovery import ModuleStatus, discover
from chukyso.token.modules import named_module
from chukyso.token.verification import verify_signature
from support.token import HERE, MST, PIN, WRONG_PIN, Entry, _objects, build_shim, ec_key, failure, issue

DATA = b"data"
LABEL = "NSS Certificate DB"
SERIAL = "0000000000000000"  # all of its tokens have this one


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim, which hands the settings to ``C_Initialize``: PyKCS11 has no way to."""
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return [issue(), issue(key=ec_key())]


@pytest.fixture(scope="module")
def environment(module: Path, entries: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a process needs to see an NSS database with two certificates."""
    softoken = next((path for path in Path("/usr").glob("lib*/**/libsoftokn3.so")), None)
    if softoken is None:
        pytest.skip("NSS is not installed (Debian: libnss3)")
    database = tmp_path_factory.mktemp("nss")
    given = {
        "SHIM_MODULE": str(softoken),
        "SHIM_RESERVED": f"configdir='sql:{database}' certPrefix='' keyPrefix='' secmod=''",
    }
    objects = [item for entry in entries for item in _objects(entry)]
    job = {"module": str(module), "label": LABEL, "so_pin": "", "pin": PIN, "objects": objects, "initialise": False}
    done = subprocess.run(
        [sys.executable, str(HERE / "softhsm_writer.py")],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        env=given,
    )
    assert done.returncode == 0, done.stderr
    return given


@pytest.fixture
def worker(module: Path, environment: dict[str, str]) -> Iterator[TokenWorker]:
    with TokenWorker(module, environment) as opened:
        yield opened


def test_lists_the_one_token_that_has_a_pin(worker: TokenWorker) -> None:
    """NSS shows its own services as a token, too, with the same serial number."""
    (info,) = worker.tokens()
    assert (info.label, info.serial, info.manufacturer) == (LABEL, SERIAL, "Mozilla Foundation")
    assert (info.ready, info.pin_state) == (True, PinState.OK)


def test_reads_and_signs(worker: TokenWorker, entries: list[Entry]) -> None:
    found = {known.key_id: known for known in worker.certificates(SERIAL)}
    assert found.keys() == {entry.key_id for entry in entries}
    for entry in entries:
        assert found[entry.key_id].certificate == entry.parsed
        assert found[entry.key_id].certificate.tax_code == MST
        verify_signature(entry.parsed, DATA, worker.sign(SERIAL, entry.key_id, DATA, PIN))


def test_wrong_pin_is_an_error_though_no_flag_tells(
    worker: TokenWorker, entries: list[Entry], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHUKYSO_STATE_DIR", str(tmp_path))
    error = failure(lambda: worker.sign(SERIAL, entries[0].key_id, DATA, WRONG_PIN))
    assert error.code is Code.PIN_INCORRECT
    assert worker.token().pin_state is PinState.OK


def test_discovery_lists_it(module: Path, environment: dict[str, str], entries: list[Entry]) -> None:
    (found,) = discover([named_module(module)], environment=environment)
    assert found.status is ModuleStatus.OK
    (token,) = found.tokens
    assert {known.certificate for known in token.certificates} == {entry.parsed for entry in entries}


def test_without_its_settings_it_does_not_load(module: Path, environment: dict[str, str]) -> None:
    given = {name: value for name, value in environment.items() if name != "SHIM_RESERVED"}
    with TokenWorker(module, given) as worker:
        error = failure(worker.tokens)
    assert error.code is Code.MODULE_LOAD_FAILED
    assert "CKR_ARGUMENTS_BAD" in error.detail
