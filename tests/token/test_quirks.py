"""What drivers are known to do wrong, and that the worker lives with it: by the registry, or with every driver."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chukyso.token.client import TokenWorker
from chukyso.token.verification import verify_signature
from support.shim import DATA, Bench, make_bench
from support.token import MST


@pytest.fixture
def bench(shim: Path, tmp_path: Path) -> Bench:
    return make_bench(shim, tmp_path / "hsm")


@pytest.mark.parametrize(
    ("driver", "asks"),
    [
        pytest.param("ncca_csp11_v1.dll", False, id="known-for-it"),
        pytest.param("vnptca_p11_v8.dll", False, id="known-for-it-too"),
        pytest.param("rebranded.dll", True, id="under-a-name-that-nobody-knows"),
    ],
)
def test_length_zero_in_the_first_step_of_an_attribute_read(
    bench: Bench, tmp_path: Path, driver: str, asks: bool
) -> None:
    path = tmp_path / driver
    shutil.copy(bench.shim, path)
    with TokenWorker(path, bench.environment("no-length")) as worker:
        (entry,) = worker.certificates(bench.serial)
        assert entry.certificate == bench.entry.parsed
        assert (entry.key_id, entry.has_key, entry.certificate.tax_code) == (bench.entry.key_id, True, MST)
        verify_signature(bench.entry.parsed, DATA, bench.sign(worker))
    # Who is known for it is not asked for the length at all.
    assert ("C_GetAttributeValue length" in bench.journal) is asks


def test_attributes_are_read_in_two_steps_where_nothing_is_known(bench: Bench) -> None:
    """The way that PKCS#11 describes stays the ordinary one."""
    with bench.worker("journal-length") as worker:
        worker.certificates(bench.serial)
    assert "C_GetAttributeValue length" in bench.journal


def test_sessions_are_read_only_and_the_module_is_not_finalized(bench: Bench) -> None:
    """Some refuse a read-write session, some never return from being unloaded."""
    with bench.worker("") as worker:
        worker.certificates(bench.serial)
        bench.sign(worker)
    assert "C_OpenSession" in bench.journal
    assert "C_OpenSession read-write" not in bench.journal
    assert "C_Finalize" not in bench.journal
