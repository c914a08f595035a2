"""Messages from the page: what is read, and that everything else is refused."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chukyso.agent.core.request import GetCertificate, SignXml
from chukyso.agent.wire import protocol
from chukyso.agent.wire.protocol import Cancel, MalformedMessageError, WireCode
from chukyso.errors import Code

ID = "11111111-2222-4333-8444-555555555555"


def sign_message(**changed: Any) -> dict[str, Any]:
    document = base64.b64encode(b"<a/>").decode()
    message = {"v": 1, "id": ID, "type": "sign-xml", "document": document, "certificateSerial": "00AB", "place": "P"}
    return {**message, **changed}


def test_the_three_messages_are_read() -> None:
    assert protocol.parse(json.dumps({"v": 1, "id": ID, "type": "get-certificate"})) == GetCertificate(ID)
    assert protocol.parse(json.dumps({"v": 1, "id": ID, "type": "cancel"})) == Cancel(ID)
    assert protocol.parse(json.dumps(sign_message())) == SignXml(ID, b"<a/>", "ab", "P")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"text"',
        "{",
        "{}",
        '{"v":1}',
        '{"v":2,"id":"ID","type":"cancel"}',
        '{"v":true,"id":"ID","type":"cancel"}',
        '{"v":1.0,"id":"ID","type":"cancel"}',
        '{"v":NaN,"id":"ID","type":"cancel"}',
        '{"v":1' + "0" * 5000 + ',"id":"ID","type":"cancel"}',
        '{"v":1,"id":"ID","type":"cancel"} trailing',
        '{"v":1,"id":"ID","id":"ID","type":"cancel"}',
        '{"v":1,"id":"ID","type":"cancel","more":1}',
        '{"v":1,"id":{"a":1},"type":"cancel"}',
        '{"v":1,"id":["ID"],"type":"cancel"}',
        '{"v":1,"id":"ID","type":["cancel"]}',
        '{"v":1,"id":"1","type":"cancel"}',
        '{"v":1,"id":"ID\\n","type":"cancel"}',
        '{"v":1,"id":"ID","type":"sign-hash"}',
        '{"v":1,"id":"ID","type":"get-certificate","document":""}',
        "[" * 100_000,
        '{"v":' * 100_000,
    ],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        protocol.parse(text.replace('"ID', f'"{ID}'))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"v":' * 100_000, '{"v":1,"id":{}}', '{"v":[1]}'])
def test_nesting_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(MalformedMessageError, match="flat"):
        protocol.parse(text)


@pytest.mark.parametrize(
    "changed",
    [
        {"document": "?"},
        {"document": "PGEvPg="},
        {"document": 1},
        {"certificateSerial": "xyz"},
        {"certificateSerial": ""},
        {"certificateSerial": "a" * 65},
        {"place": "*"},
        {"place": "a/b"},
        {"hash": "00"},
    ],
)
def test_what_is_no_request_to_sign_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessageError):
        protocol.parse(json.dumps(sign_message(**changed)))


@pytest.mark.parametrize("missing", ["document", "certificateSerial", "place", "id", "type", "v"])
def test_a_missing_member_is_refused(missing: str) -> None:
    message = sign_message()
    del message[missing]
    with pytest.raises(MalformedMessageError):
        protocol.parse(json.dumps(message))


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_nothing_but_the_one_error_ever_comes_out(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        protocol.parse(text)


@pytest.mark.parametrize("code", list(Code))
def test_the_page_learns_one_of_four_words_of_any_error(code: Code) -> None:
    told = json.loads(protocol.error(str(uuid.uuid4()), protocol.wire_code(code)))
    assert set(told) == {"v", "id", "type", "code"}
    assert told["code"] in set(WireCode) - {"busy"}
