"""A token that really locks: openCryptoki's counts wrong PINs as an organisation's USB token does.

Every wrong PIN in here is the test's own, on a token of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chukyso.errors import Code
from chukyso.pin.gate import PinState
from chukyso.token.client import TokenWorker
from chukyso.token.verification import verify_signature
from support.opencryptoki import OpenCryptoki, opencryptoki
from support.token import MST, build_shim, failure, issue

DATA = b"data"
GOOD = "11223344"  # at most 8, and not the 12345678 that a new token has


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCryptoki]:
    with opencryptoki(tmp_path_factory.mktemp("opencryptoki"), issue(), GOOD) as running:
        yield running


@pytest.fixture
def token(installed: OpenCryptoki, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> OpenCryptoki:
    """The token, unlocked; processes that load its module are where the daemon is."""
    monkeypatch.setenv("CHUKYSO_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(sys, "executable", installed.python)
    installed.unlock(GOOD)
    return installed


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def worker(token: OpenCryptoki) -> Iterator[TokenWorker]:
    with token.worker() as opened:
        yield opened


def wrong(number: int) -> str:
    """Another wrong PIN for each try: one that failed before is not even tried."""
    return f"9000000{number}"


def sign(worker: TokenWorker, token: OpenCryptoki, pin: str = GOOD, *, attended: bool = False) -> bytes:
    return worker.sign(token.serial, token.entry.key_id, DATA, pin, unattended=not attended)


def test_signs_by_digest_info(token: OpenCryptoki, worker: TokenWorker) -> None:
    (entry,) = worker.certificates(token.serial)
    assert (entry.certificate, entry.certificate.tax_code) == (token.entry.parsed, MST)
    verify_signature(token.entry.parsed, DATA, sign(worker, token))
    assert worker.last_signing is not None
    assert worker.last_signing.mechanism == "CKM_RSA_PKCS"


def test_stops_before_each_step_towards_the_lock(token: OpenCryptoki, worker: TokenWorker) -> None:
    assert worker.token().pin_state is PinState.OK
    assert failure(lambda: sign(worker, token, wrong(1))).code is Code.PIN_INCORRECT
    assert worker.token().pin_state is PinState.COUNT_LOW

    # Unattended nobody goes further, not with the good PIN either: a login would have cleared the flag.
    assert failure(lambda: sign(worker, token)).code is Code.PIN_COUNT_LOW
    assert worker.token().pin_state is PinState.COUNT_LOW

    assert failure(lambda: sign(worker, token, wrong(2), attended=True)).code is Code.PIN_INCORRECT
    assert worker.token().pin_state is PinState.FINAL_TRY

    # The last try is nobody's to spend here.
    for attended in (False, True):
        error = failure(lambda attended=attended: sign(worker, token, attended=attended))
        assert error.code is Code.PIN_FINAL_TRY
        assert "no login was attempted" in error.detail
    assert worker.token().pin_state is PinState.FINAL_TRY


def test_good_pin_of_a_person_clears_the_count(token: OpenCryptoki, worker: TokenWorker) -> None:
    assert failure(lambda: sign(worker, token, wrong(1))).code is Code.PIN_INCORRECT
    verify_signature(token.entry.parsed, DATA, sign(worker, token, attended=True))
    assert worker.token().pin_state is PinState.OK
    verify_signature(token.entry.parsed, DATA, sign(worker, token))


def test_try_that_locks_is_reported_as_locked_and_nobody_logs_in_any_more(token: OpenCryptoki, shim: Path) -> None:
    """The tries are spent behind our back: the shim hides the flags from the look that we take before."""
    journal = token.directory / "journal"
    journal.unlink(missing_ok=True)
    blind = {"SHIM_MODULE": str(token.module), "SHIM_JOURNAL": str(journal), "SHIM": "blind"}
    codes, details = [], []
    with token.worker(shim, **blind) as worker:
        for number in range(1, 5):
            error = failure(lambda number=number: sign(worker, token, wrong(number), attended=True))
            codes.append(error.code)
            details.append(error.detail)
    assert codes == [Code.PIN_INCORRECT, Code.PIN_INCORRECT, Code.PIN_LOCKED, Code.PIN_LOCKED]
    assert "C_Login: CKR_PIN_INCORRECT; PIN state ok before, locked after" in details[2]
    assert "C_Login: CKR_PIN_LOCKED" in details[3]
    assert logins(journal) == 4  # one for each request, no second try

    with token.worker(shim, **{**blind, "SHIM": ""}) as worker:
        assert worker.token().pin_state is PinState.LOCKED
        for attended in (False, True):
            error = failure(lambda attended=attended: sign(worker, token, attended=attended))
            assert error.code is Code.PIN_LOCKED
            assert "no login was attempted" in error.detail
    assert logins(journal) == 4


def test_signs_again_when_the_security_officer_unlocked_it(token: OpenCryptoki, shim: Path) -> None:
    with token.worker(shim, SHIM_MODULE=str(token.module), SHIM="blind") as worker:
        for number in range(1, 4):
            failure(lambda number=number: sign(worker, token, wrong(number), attended=True))
    with token.worker() as worker:
        assert worker.token().pin_state is PinState.LOCKED
    token.unlock(GOOD)
    with token.worker() as worker:
        assert worker.token().pin_state is PinState.OK
        verify_signature(token.entry.parsed, DATA, sign(worker, token, attended=True))


@pytest.mark.parametrize("pin", ["", "123", "123456789"])
def test_pin_of_impossible_length_spends_no_try(token: OpenCryptoki, worker: TokenWorker, pin: str) -> None:
    error = failure(lambda: sign(worker, token, pin))
    assert error.code is Code.PIN_LENGTH
    assert "4 to 8 bytes" in error.detail
    assert worker.token().pin_state is PinState.OK


def logins(journal: Path) -> int:
    return journal.read_text(encoding="utf-8").splitlines().count("C_Login")
