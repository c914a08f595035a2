"""The certificate is validated before it signs, and the dialog says what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chukyso.agent.attended import AttendedOptions, _keep_validations
from chukyso.agent.core.config import PinSource
from chukyso.signature.presign import ASK_THIS_MACHINE
from chukyso.signature.trust import RevocationMode, TrustStore
from chukyso.token.client import TokenWorker
from support.agent import Bench, Page, page, running
from support.pinentry import Desktop, Dialog, desktop
from support.signature import Pki, fixed
from support.token import PIN, Entry, issue, softhsm_token

pytestmark = pytest.mark.usefixtures("good_answers")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with desktop(tmp_path_factory.mktemp("desktop")) as opened:
        yield opened


@pytest.fixture(scope="module")
def bench(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    hsm = softhsm_token(tmp_path_factory.mktemp("trust"))
    entries = [Entry(pki.leaf.certificate, pki.leaf_key, b"leaf"), Entry(pki.ca.certificate, pki.leaf_key, b"", 0)]
    serial = hsm.add_token(entries=entries)
    with TokenWorker(hsm.module, hsm.environment) as worker:
        leaf = next(entry for entry in worker.certificates(serial) if entry.certificate.der == pki.leaf.der)
        yield Bench(hsm, serial, worker, leaf)


@contextmanager
def asked(bench: Bench, desk: Desktop, **options: Any) -> Iterator[tuple[Page, Dialog]]:
    """A page that asked for a signature, and the dialog that follows."""
    given = {
        "pin_source": PinSource.PINENTRY,
        "pinentry": desk.program,
        "revocation_policy": ASK_THIS_MACHINE,
        **options,
    }
    with running(bench, **given) as agent, page(agent) as asking:
        asking.send("get-certificate")
        desk.dialog().accept()
        assert json.loads(asking.socket.recv())["type"] == "certificate"
        asking.ask_signature(bench.certificate)
        yield asking, desk.dialog()


def test_without_roots_nothing_is_validated_and_the_dialog_says_so(bench: Bench, desk: Desktop, pki: Pki) -> None:
    pki.server.answers.clear()
    with asked(bench, desk) as (_, dialog):
        assert "Chưa kiểm tra được thu hồi" in dialog.text
        dialog.accept()
        assert "Chưa kiểm tra được thu hồi" in desk.dialog().text


def test_a_good_certificate_is_said_to_be_good(bench: Bench, desk: Desktop, pki: Pki) -> None:
    with asked(bench, desk, trust=pki.trust) as (_, dialog):
        assert "chưa bị thu hồi" in dialog.text


@pytest.mark.parametrize("trouble", ["revoked", "untrusted", "unanswered"])
def test_a_bad_one_does_not_sign_and_the_page_does_not_learn_why(
    bench: Bench, desk: Desktop, pki: Pki, trouble: str
) -> None:
    trust = pki.trust
    if trouble == "revoked":
        pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf]))
    elif trouble == "unanswered":
        pki.server.answers.clear()
    else:
        trust = TrustStore((issue().parsed.der,))  # of somebody else
    code = {"revoked": "thu hồi", "untrusted": "tin cậy", "unanswered": "thu hồi"}[trouble]
    with asked(bench, desk, trust=trust) as (asking, dialog):
        assert dialog.title == "Không ký được"
        assert code in dialog.text
        dialog.accept()
        assert asking.error() == "cancelled"
        assert desk.nothing_opened()


def test_an_answer_that_is_not_to_be_had_is_a_warning_where_that_is_enough(
    bench: Bench, desk: Desktop, pki: Pki
) -> None:
    pki.server.answers.clear()
    with asked(bench, desk, trust=pki.trust, revocation=RevocationMode.BEST_EFFORT) as (_, dialog):
        assert "CẢNH BÁO: chưa kiểm tra được thu hồi" in dialog.text


def keeping(directory: Path) -> Any:
    """What ``chukyso agent --trust … --evidence DIRECTORY`` hands the agent."""
    return _keep_validations(AttendedOptions(("https://portal.example",), trust=(directory,), evidence=directory))


@pytest.mark.parametrize(("revoked", "verdict", "answers"), [(False, "valid", 2), (True, "refused", 1)])
def test_the_answers_are_kept(
    bench: Bench, desk: Desktop, pki: Pki, tmp_path: Path, revoked: bool, verdict: str, answers: int
) -> None:
    if revoked:
        pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf]))
    with asked(bench, desk, trust=pki.trust, report_validation=keeping(tmp_path / "kept")) as (asking, dialog):
        dialog.accept()
        if revoked:
            assert asking.error() == "cancelled"
        else:
            desk.dialog().accept(PIN)
            assert asking.answer()["type"] == "signed"
    (folder,) = (tmp_path / "kept").iterdir()
    assert folder.name.endswith(f"-{bench.certificate.serial}")
    found = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    assert (found["verdict"], found["certificate_serial"]) == (verdict, bench.certificate.serial)
    assert len(found["answers"]) >= answers
    for answer in found["answers"]:
        content = (tmp_path / "kept" / answer["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == answer["sha256"]


def test_without_a_place_for_the_answers_nothing_is_signed(
    bench: Bench, desk: Desktop, pki: Pki, tmp_path: Path
) -> None:
    keep = keeping(tmp_path / "kept")
    (tmp_path / "kept").rmdir()
    (tmp_path / "kept").write_text("a file now", encoding="utf-8")
    with asked(bench, desk, trust=pki.trust, report_validation=keep) as (asking, dialog):
        assert dialog.title == "Không ký được"
        dialog.accept()
        assert asking.error() == "cancelled"
        assert desk.nothing_opened()


def test_a_run_is_not_held_up_by_the_agent(bench: Bench, pki: Pki) -> None:
    """It validates by itself, before it starts."""
    pki.server.answers.clear()
    with running(bench, trust=pki.trust) as agent, page(agent) as asking:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        request = agent.wait_for_request(10)
        assert request
        agent.approve(request)
        assert pki.server.requests == []
