"""The token worker against real SoftHSM2 tokens."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chukyso.children import child_environment
from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState
from chukyso.token.client import TokenWorker
from chukyso.token.verification import verify_signature
from support.token import MST, PIN, WRONG_PIN, Entry, SoftHsm, ec_key, failure, issue, rsa_key, softhsm_token

DATA = "Tờ khai thay đổi chữ ký số".encode() * 40


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    return softhsm_token(tmp_path / "hsm")


@pytest.fixture
def worker(hsm: SoftHsm) -> Iterator[TokenWorker]:
    with TokenWorker(hsm.module, hsm.environment) as opened:
        yield opened


@pytest.fixture
def token(hsm: SoftHsm) -> tuple[str, Entry]:
    """A token with one certificate; to be requested before ``worker``, which sees the tokens there at its start."""
    entry = issue()
    return hsm.add_token("Văn thư", entries=[entry]), entry


def code_of(action: Callable[[], object]) -> Code:
    error = failure(action)
    assert "{" not in str(error)
    return error.code


def test_lists_a_token(hsm: SoftHsm) -> None:
    serial = hsm.add_token("Văn thư")
    with TokenWorker(hsm.module, hsm.environment) as worker:
        (info,) = worker.tokens()
        assert worker.token() == worker.token(serial) == worker.token(f" {serial} ") == info
    assert (info.serial, info.label, info.pin_state, info.ready) == (serial, "Văn thư", PinState.OK, True)
    assert (info.min_pin, info.max_pin) == (4, 255)


def test_no_token(worker: TokenWorker) -> None:
    assert worker.tokens() == []
    assert code_of(worker.token) is Code.TOKEN_NOT_FOUND


def test_two_tokens_need_a_serial(hsm: SoftHsm) -> None:
    serials = {hsm.add_token("một"), hsm.add_token("hai")}
    with TokenWorker(hsm.module, hsm.environment) as worker:
        with pytest.raises(ChukysoError) as raised:
            worker.token()
        assert raised.value.code is Code.TOKEN_AMBIGUOUS
        assert all(serial in str(raised.value) for serial in serials)
        assert {worker.token(serial).serial for serial in serials} == serials


def test_wrong_serial(token: tuple[str, Entry], worker: TokenWorker) -> None:
    assert code_of(lambda: worker.token("fedcba9876543210")) is Code.TOKEN_NOT_FOUND
    assert code_of(lambda: worker.certificates("fedcba9876543210")) is Code.TOKEN_GONE
    assert code_of(lambda: worker.sign("fedcba9876543210", b"1", DATA, PIN)) is Code.TOKEN_GONE


def test_reads_certificates_without_login(hsm: SoftHsm) -> None:
    entries = [issue(), issue(key=ec_key())]
    serial = hsm.add_token(entries=entries)
    with TokenWorker(hsm.module, hsm.environment) as worker:
        found = {each.key_id: each for each in worker.certificates(serial)}
    assert set(found) == {entry.key_id for entry in entries}
    for entry in entries:
        assert found[entry.key_id].certificate == entry.parsed
        assert found[entry.key_id].has_key
        assert found[entry.key_id].certificate.tax_code == MST


@pytest.mark.parametrize("unattended", [True, False])
def test_signs_with_rsa(token: tuple[str, Entry], worker: TokenWorker, unattended: bool) -> None:
    serial, entry = token
    signature = worker.sign(serial, entry.key_id, DATA, PIN, unattended=unattended)
    verify_signature(entry.parsed, DATA, signature)
    assert len(signature) == 256
    record = worker.last_signing
    assert record is not None
    assert record.mechanism == "CKM_SHA256_RSA_PKCS"
    assert record.before.pin_state is PinState.OK
    assert record.after is not None
    assert record.after.pin_state is PinState.OK


def test_signs_with_digest_info_where_the_token_does_not_hash(hsm: SoftHsm, token: tuple[str, Entry]) -> None:
    serial, entry = token
    hsm.configure("CKM_RSA_PKCS,CKM_SHA256")
    with TokenWorker(hsm.module, hsm.environment) as worker:
        verify_signature(entry.parsed, DATA, worker.sign(serial, entry.key_id, DATA, PIN))
        assert worker.last_signing is not None
        assert worker.last_signing.mechanism == "CKM_RSA_PKCS"


def test_token_without_a_usable_mechanism(hsm: SoftHsm, token: tuple[str, Entry]) -> None:
    serial, entry = token
    hsm.configure("CKM_SHA_1,CKM_RSA_PKCS_OAEP")
    with TokenWorker(hsm.module, hsm.environment) as worker:
        assert code_of(lambda: worker.sign(serial, entry.key_id, DATA, PIN)) is Code.CERT_KEY_UNSUPPORTED


def test_signs_with_p256_as_raw_r_and_s(hsm: SoftHsm) -> None:
    entry = issue(key=ec_key())
    serial = hsm.add_token(entries=[entry])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        for number in range(3):
            data = DATA + bytes([number])
            signature = worker.sign(serial, entry.key_id, data, PIN)
            assert len(signature) == 64
            verify_signature(entry.parsed, data, signature)


def test_other_curves_are_refused_before_login(hsm: SoftHsm, token: tuple[str, Entry], worker: TokenWorker) -> None:
    serial, entry = token
    other = issue(key=ec.generate_private_key(ec.SECP521R1())).parsed
    code = code_of(lambda: worker.sign(serial, entry.key_id, DATA, "wrong-pin", certificate=other))
    assert code is Code.CERT_KEY_UNSUPPORTED
    assert worker.token(serial).pin_state is PinState.OK


def test_key_that_always_authenticates(hsm: SoftHsm) -> None:
    entry = issue(always_authenticate=True)
    serial = hsm.add_token(entries=[entry])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        verify_signature(entry.parsed, DATA, worker.sign(serial, entry.key_id, DATA, PIN))


def test_wrong_pin_spends_one_try_and_the_next_run_refuses(token: tuple[str, Entry], worker: TokenWorker) -> None:
    serial, entry = token
    assert code_of(lambda: worker.sign(serial, entry.key_id, DATA, WRONG_PIN)) is Code.PIN_INCORRECT
    assert worker.token(serial).pin_state is PinState.COUNT_LOW
    # A login with the good PIN would clear the flag: it stays, so there was none.
    assert code_of(lambda: worker.sign(serial, entry.key_id, DATA, PIN)) is Code.PIN_COUNT_LOW
    assert worker.token(serial).pin_state is PinState.COUNT_LOW
    worker.sign(serial, entry.key_id, DATA, PIN, unattended=False)
    assert worker.last_signing is not None
    assert worker.last_signing.before.pin_state is PinState.COUNT_LOW
    assert worker.token(serial).pin_state is PinState.OK


@pytest.mark.parametrize("pin", ["", "123", "x" * 256])
def test_pin_of_impossible_length_spends_no_try(token: tuple[str, Entry], worker: TokenWorker, pin: str) -> None:
    serial, entry = token
    assert code_of(lambda: worker.sign(serial, entry.key_id, DATA, pin)) is Code.PIN_LENGTH
    assert worker.token(serial).pin_state is PinState.OK


def test_missing_key_is_seen_before_login_when_other_keys_show(hsm: SoftHsm) -> None:
    whole, bare, anonymous = issue(), issue(private=0), issue(key_id=b"")
    serial = hsm.add_token(entries=[whole, bare, anonymous])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        keys = {each.certificate.serial: each.has_key for each in worker.certificates(serial)}
    assert keys == {whole.parsed.serial: True, bare.parsed.serial: False, anonymous.parsed.serial: False}


def test_keys_that_hide_until_login_are_not_called_missing(hsm: SoftHsm) -> None:
    entry = issue(public=False)
    serial = hsm.add_token(entries=[entry])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        assert worker.certificates(serial)[0].has_key
        verify_signature(entry.parsed, DATA, worker.sign(serial, entry.key_id, DATA, PIN))


@pytest.mark.parametrize(("private", "code"), [(0, Code.CERT_KEY_MISSING), (2, Code.CERT_KEY_UNSUPPORTED)])
def test_exactly_one_private_key(hsm: SoftHsm, private: int, code: Code) -> None:
    entry = issue(private=private)
    serial = hsm.add_token(entries=[entry])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        with pytest.raises(ChukysoError) as raised:
            worker.sign(serial, entry.key_id, DATA, PIN)
        assert raised.value.code is code
        assert entry.parsed.serial in str(raised.value)


def test_empty_key_id_finds_no_key(hsm: SoftHsm) -> None:
    entry = issue(key_id=b"")
    serial = hsm.add_token(entries=[entry])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        assert code_of(lambda: worker.sign(serial, b"", DATA, PIN)) is Code.CERT_KEY_MISSING


def test_key_id_shared_by_different_keys_is_refused_before_login(hsm: SoftHsm) -> None:
    entries = [issue(key_id=b"same"), issue(key=rsa_key(1), key_id=b"same")]
    serial = hsm.add_token(entries=entries)
    with TokenWorker(hsm.module, hsm.environment) as worker:
        assert code_of(lambda: worker.sign(serial, b"same", DATA, "wrong-pin")) is Code.CERT_KEY_UNSUPPORTED
        assert worker.token(serial).pin_state is PinState.OK


def test_nothing_to_sign(token: tuple[str, Entry], worker: TokenWorker) -> None:
    serial, entry = token
    assert code_of(lambda: worker.sign(serial, entry.key_id, b"", PIN)) is Code.DOCUMENT_INVALID


def test_token_removed_between_reading_and_signing(hsm: SoftHsm, token: tuple[str, Entry], worker: TokenWorker) -> None:
    serial, entry = token
    worker.certificates(serial)
    shutil.rmtree(hsm.tokens)
    hsm.configure()
    assert code_of(lambda: worker.sign(serial, entry.key_id, DATA, PIN)) is Code.TOKEN_GONE
    assert worker.tokens() == []


def test_certificate_replaced_since_it_was_read(hsm: SoftHsm, token: tuple[str, Entry], worker: TokenWorker) -> None:
    serial, entry = token
    another = issue(key_id=entry.key_id).parsed
    code = code_of(lambda: worker.sign(serial, entry.key_id, DATA, "wrong-pin", certificate=another))
    assert code is Code.TOKEN_GONE
    assert worker.token(serial).pin_state is PinState.OK


def test_module_that_is_not_there_or_no_module(tmp_path: Path, hsm: SoftHsm) -> None:
    assert code_of(TokenWorker(tmp_path / "missing.so").start) is Code.MODULE_NOT_FOUND
    text = tmp_path / "text.so"
    text.write_text("not a library")
    assert code_of(TokenWorker(text).start) is Code.MODULE_LOAD_FAILED


def test_library_that_is_no_pkcs11_module() -> None:
    import _ctypes  # a shared library that is there with every Python

    with TokenWorker(Path(_ctypes.__file__)) as worker, pytest.raises(ChukysoError) as raised:
        worker.tokens()
    assert raised.value.code is Code.MODULE_LOAD_FAILED
    assert "C_GetFunctionList" in raised.value.detail


def test_module_that_cannot_initialise(tmp_path: Path, hsm: SoftHsm) -> None:
    with TokenWorker(hsm.module, {"SOFTHSM2_CONF": str(tmp_path / "missing.conf")}) as worker:
        assert code_of(worker.tokens) is Code.MODULE_LOAD_FAILED


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="hangs by reading a FIFO")
def test_hanging_module_is_killed_and_replaced(tmp_path: Path, hsm: SoftHsm) -> None:
    fifo = tmp_path / "hang.conf"
    os.mkfifo(fifo)
    worker = TokenWorker(hsm.module, {"SOFTHSM2_CONF": str(fifo)}, timeout=0.5)
    with worker:
        child = worker._child  # the process must be gone, not only forgotten
        assert child is not None
        assert code_of(worker.tokens) is Code.TOKEN_TIMEOUT
        assert child._process.poll() is not None
        fifo.unlink()
        fifo.write_text(Path(hsm.environment["SOFTHSM2_CONF"]).read_text(encoding="utf-8"))
        worker._timeout = 20
        assert worker.tokens() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="hangs by reading a FIFO")
def test_close_from_another_thread_ends_a_request(tmp_path: Path, hsm: SoftHsm) -> None:
    fifo = tmp_path / "hang.conf"
    os.mkfifo(fifo)
    worker = TokenWorker(hsm.module, {"SOFTHSM2_CONF": str(fifo)}, timeout=30)
    worker.start()

    def close_what_is_under_way() -> None:
        with fifo.open("wb"):  # it opens once the child reads it, which may be before it was asked anything
            while worker._child and not worker._child._busy:
                time.sleep(0.01)
            worker.close()

    closer = threading.Thread(target=close_what_is_under_way)
    closer.start()
    assert code_of(worker.tokens) is Code.MODULE_LOAD_FAILED
    closer.join()
    assert code_of(worker.tokens) is Code.TOKEN_ERROR


def test_idle_child_that_died_is_replaced(token: tuple[str, Entry], worker: TokenWorker) -> None:
    worker.tokens()
    child = worker._child
    assert child is not None
    child.kill()
    child._process.wait()
    assert worker.token().serial == token[0]
    assert worker._child is not child


def test_child_that_was_given_a_pin_does_not_live_on(token: tuple[str, Entry], worker: TokenWorker) -> None:
    serial, entry = token
    for pin in (PIN, WRONG_PIN):
        worker.token()
        child = worker._child
        assert child is not None
        if pin == PIN:
            worker.sign(serial, entry.key_id, DATA, pin)
        else:
            assert code_of(lambda: worker.sign(serial, entry.key_id, DATA, WRONG_PIN)) is Code.PIN_INCORRECT
        assert child._process.poll() is not None


def test_no_process_is_left_behind(hsm: SoftHsm) -> None:
    with TokenWorker(hsm.module, hsm.environment) as worker:
        worker.tokens()
        child = worker._child
        assert child is not None
    assert child._process.poll() == 0  # it ended by itself
    unused = TokenWorker(hsm.module, hsm.environment)
    unused.start()
    child = unused._child
    assert child is not None
    unused.close()
    assert child._process.poll() is not None


SECRETS = {"TOKEN_PIN": "98765432", "PORTAL_PASSWORD": "Mật-khẩu-1", "MY_SECRET": "marker", "PYTHONPATH": "/evil"}


def test_environment_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOFTHSM2_CONF", "ours")
    places = {"LD_LIBRARY_PATH": "/opt/driver", "DYLD_LIBRARY_PATH": "/opt/driver"}  # of what the module is linked with
    for name, value in places.items():
        monkeypatch.setenv(name, value)
    environment = child_environment({"SOFTHSM2_CONF": "given"})
    assert not SECRETS.keys() & environment.keys()
    assert environment["SOFTHSM2_CONF"] == "given"
    assert environment["PATH"] == os.environ["PATH"]
    assert places.items() <= environment.items()


def test_neither_environment_nor_command_line_of_the_child_shows_a_secret(
    monkeypatch: pytest.MonkeyPatch, token: tuple[str, Entry], hsm: SoftHsm
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with TokenWorker(hsm.module, hsm.environment) as worker:
        worker.tokens()
        assert worker._child is not None
        process = psutil.Process(worker._child.pid)
        seen = str(process.environ()) + str(process.cmdline())
    assert "SOFTHSM2_CONF" in seen
    for name, value in SECRETS.items():
        assert name not in seen
        assert value not in seen


def test_parent_keeps_no_pin_and_loads_no_module(
    token: tuple[str, Entry], worker: TokenWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial, entry = token
    monkeypatch.delitem(sys.modules, "PyKCS11", raising=False)  # another test of this process may have loaded it
    pin = "-".join(["wrong", "pin"])  # an object of its own: a constant would be known to the function, too
    with pytest.raises(ChukysoError) as raised:
        worker.sign(serial, entry.key_id, DATA, pin)
    assert raised.value.code is Code.PIN_INCORRECT
    del raised  # its traceback leads to the frames of the call
    gc.collect()
    assert [each for each in gc.get_referrers(pin) if not isinstance(each, FrameType)] == []
    assert "PyKCS11" not in sys.modules


def test_child_imports_little() -> None:
    program = "import sys, chukyso.token.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"PyKCS11", "chukyso.pin.gate"} <= loaded
    assert not {"cryptography", "robot", "lxml", "starlette", "subprocess", "logging", "asyncio"} & loaded
