"""A signed document is found in what a page sends, however the page wraps it."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest

from chukyso.portal.posted import signed_xml_in

XML = '<ThayDoi xmlns:ds="urn:x"><TEN>CÔNG TY NẮNG MỚI</TEN><ds:SignatureValue>AAAA</ds:SignatureValue></ThayDoi>'
BASE64 = base64.b64encode(XML.encode()).decode()


@pytest.mark.parametrize(
    "body",
    [
        XML,
        "\ufeff  " + XML,
        json.dumps({"document": BASE64}),
        json.dumps({"a": {"b": [1, None, {"xml": XML}]}}, ensure_ascii=False),
        json.dumps(json.dumps({"hoSo": BASE64})),  # JSON in JSON
        json.dumps(XML),
        urlencode({"mst": "0101234565", "hoso": XML}),
        urlencode({"hoso": BASE64}),
        urlencode({"data": json.dumps({"xml": BASE64})}),
        f'--x\r\nContent-Disposition: form-data; name="f"; filename="a.xml"\r\n\r\n{XML}\r\n--x--\r\n',
        json.dumps({"document": "\n".join(BASE64[at : at + 76] for at in range(0, len(BASE64), 76))}),
    ],
    ids=lambda body: body[:25],
)
def test_it_is_found(body: str) -> None:
    found = signed_xml_in(body)
    assert found is not None
    assert found.strip() == XML.encode()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "{",
        "[" * 200_000,
        json.dumps({"document": base64.b64encode(b"<a>unsigned</a>").decode()}),
        json.dumps({"signature": "QUJD" * 100}),
        "<a>SignatureValue</a>",
        urlencode({"captcha": "ab12", "password": "SignatureValue"}),
    ],
    ids=lambda body: body[:25],
)
def test_nothing_else_is_taken_for_one(body: str) -> None:
    assert signed_xml_in(body) is None
