"""Random and damaged messages, frames and requests against live agents; ``fuzz_agent.py`` does it for longer."""

from __future__ import annotations

import base64
import itertools
import json
import os
import uuid
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chukyso.agent.core.request import GetCertificate, SignXml
from chukyso.agent.wire import protocol
from chukyso.agent.wire.protocol import Cancel, MalformedMessageError
from support.attack import frame, handshake, raw
from support.fuzz import Target, attack, messages, target

SERIAL = "5401"
KINDS = {GetCertificate: "get-certificate", SignXml: "sign-xml", Cancel: "cancel"}
_MIB = 1 << 20


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with target(tmp_path_factory.mktemp("fuzz")) as started:
        yield started


@given(text=messages("PGEvPg==", SERIAL) | st.text())
@settings(max_examples=200, deadline=None)
def test_a_message_is_read_exactly_or_refused(text: str) -> None:
    try:
        message = protocol.parse(text)
    except MalformedMessageError:
        return
    members = {"v": 1, "id": message.id, "type": KINDS[type(message)]}
    if isinstance(message, SignXml):
        document = base64.b64encode(message.document).decode()
        members |= {"document": document, "certificateSerial": message.certificate_serial, "place": message.place}
    # Exactly this and nothing more was said; serials are normalised, and base64 ends in more than one way.
    said = json.loads(text)
    assert said.keys() == members.keys()
    assert {name for name in members if said[name] != members[name]} <= {"certificateSerial", "document"}


@given(data=st.data())
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.generate,),  # against live agents shrinking takes minutes: fuzz_agent.py does it
)
def test_nothing_that_is_said_breaks_the_agent_or_makes_it_talk(live: Target, data: st.DataObject) -> None:
    live.check(attack(live, data))


NASTY = (
    {"document": "?"},
    {"document": "PGEvPg="},
    {"document": "\ud800"},
    {"document": ""},
    {"document": base64.b64encode(b"\0" * 3000).decode()},
    {"document": base64.b64encode(b"<a>" * 5000).decode()},
    {"document": base64.b64encode(b"<?xml version='1.0' encoding='utf-16'?><a/>").decode()},
    {"document": base64.b64encode(b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>").decode()},
    {"certificateSerial": "\u0660"},
    {"id": "\ud800" * 36},
    {"v": 10**4299},
)


@pytest.mark.parametrize("changed", NASTY, ids=itertools.count())
def test_nor_does_what_broke_others(live: Target, changed: dict[str, object]) -> None:
    message = {"v": 1, "id": str(uuid.uuid4()), "type": "sign-xml", "certificateSerial": live.serial}
    told = json.dumps({**message, "document": live.document, "place": "CKy_Dvi", **changed})
    live.check(live.talk(live.closed, [told]))


def test_floods_are_not_kept(live: Target) -> None:
    """Large messages, endless fragments and too many bytes, thirty times: roughly the memory of one."""
    process = psutil.Process(os.getpid())

    floods = (
        frame(0x81, b"x" * (2 * _MIB)),
        frame(0x01, b"x") + frame(0x00, b"") * 20_000,
        frame(0x01, b"x" * 60_000) + frame(0x00, b"x" * 60_000) * 40,
    )

    def flood() -> None:
        for flooding in floods:
            with raw(live.closed) as attacker:
                assert attacker.send(handshake(live.closed)).status() == 101
                assert attacker.send(flooding).close_code() in (1008, 1009)

    flood()
    before = process.memory_info().rss
    for _ in range(10):
        flood()
    assert process.memory_info().rss - before < 40 * _MIB
    live.check(b"")
