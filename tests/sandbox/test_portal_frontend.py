"""Static rules of the replica portal's page: a strict CSP, no other hosts, the agreed words.

How it behaves is tested in a real browser, by the Robot suites.
"""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest

import chukyso.sandbox.portal
from chukyso.portal.messages import Meaning, interpret
from chukyso.portal.profile import load_profile
from chukyso.sandbox.portal.texts import COMMITMENT, Problem
from chukyso.sandbox.signing_client.faults import NO_KEY, VALUE_NULL
from chukyso.signature import profile

STATIC = Path(chukyso.sandbox.portal.__file__).with_name("static")
FILES = sorted(STATIC.iterdir())
MODULES = sorted(STATIC.glob("*.js"))
_MARKUP_FROM_TEXT = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
_NAMESPACES = {  # identifiers, not addresses
    "http://www.w3.org/2000/svg",
    *(profile.DS, profile.EXC_C14N, profile.ENVELOPED, profile.SHA256, profile.RSA_SHA256, profile.SIGNING_TIME_NS),
}


def read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


class Page(HTMLParser):
    """The elements of index.html with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._within = ""
        self.feed(read("index.html"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style"):
            self.inline += data

    def values(self, tag: str, attribute: str, **wanted: str) -> list[str]:
        return [
            attributes[attribute] or ""
            for name, attributes in self.elements
            if name == tag and wanted.items() <= attributes.items() and attribute in attributes
        ]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page()


def test_nothing_inline_that_the_content_security_policy_would_block(page: Page) -> None:
    assert len(page.elements) > 30
    assert page.inline.strip() == ""
    attributes = {name for _, given in page.elements for name in given}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    for module in MODULES:
        script = module.read_text(encoding="utf-8")
        assert not re.search(_MARKUP_FROM_TEXT, script), module
        # setAttribute("style") is blocked too, setting single properties is not
        assert not re.search(r"""setAttribute\(\s*["']style|\bstyle: """, script), module


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_names_another_host(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for namespace in sorted(_NAMESPACES, key=len, reverse=True):
        text = text.replace(f'"{namespace}"', "")
    assert not re.search(r"https?://|url\(|@import|[\"']//", text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_text_is_composed_and_modules_are_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert len(text.splitlines()) < (250 if file.suffix == ".js" else 400)
    assert max(map(len, text.splitlines())) <= 200


def test_every_module_is_loaded_with_the_page(page: Page) -> None:
    imported = {name for module in MODULES for name in re.findall(r'from "\./([\w-]+\.js)"', module.read_text("utf-8"))}
    start = page.values("script", "src", type="module")
    assert start == ["/static/app.js"]
    preloaded = page.values("link", "href", rel="modulepreload")
    assert preloaded == [f"/static/{name}" for name in sorted(imported)]
    assert {module.name for module in MODULES} == imported | {"app.js"}


def test_every_file_that_the_page_names_is_there(page: Page) -> None:
    named = [*page.values("link", "href"), *page.values("img", "src"), *page.values("script", "src")]
    files = {file.name for file in FILES} - {"index.html"} | {"typeface.css"}  # which the server writes itself
    assert {address.removeprefix("/static/") for address in named} == files


def test_nobody_takes_it_for_the_real_portal() -> None:
    text = re.sub(r"<[^>]+>", "", read("index.html"))
    assert "SANDBOX – bản mô phỏng để tập dượt, không phải cổng thật" in text


def test_commitment_is_the_guides_sentence_letter_for_letter() -> None:
    joined = re.sub(r'"\s*\+\s*"', "", read("change-form.js"))
    assert f'"{COMMITMENT}"' in joined


def test_profile_knows_what_the_pages_own_messages_mean() -> None:
    sandbox = load_profile("sandbox")
    codes = set(re.findall(r'"([A-Z]+_[A-Z_]+)"', read("errors.js") + read("change-form.js")))
    codes |= set(re.findall(r"^  ([A-Z_]+): ", read("errors.js"), re.MULTILINE))
    own = codes - {problem.name for problem in Problem} | {"SESSION_EXPIRED"}
    assert own == {
        *("SESSION_EXPIRED", "BOX_NOT_TICKED", "NO_ANSWER", "TIMED_OUT", "PORTAL_ERROR"),
        *("SIGNING_CANCELLED", "SIGNING_FAILED"),
    }
    for code in own:  # a code that the table lacks would be taken for a refusal of the portal
        assert interpret("", code, sandbox.messages).meaning not in (Meaning.REJECTED, Meaning.UNKNOWN), code


def test_page_looks_for_the_agent_where_the_profile_puts_it() -> None:
    assert f'"{load_profile("sandbox").signer.storage_key}"' in read("config.js")


def test_labels_for_a_screen_reader_are_vietnamese() -> None:
    """Two English ones are the real portal's own (facts, section 1); their buttons have a Vietnamese title beside."""
    script = "".join(module.read_text("utf-8") for module in MODULES) + read("index.html")
    labels = set(re.findall(r"""(?:"aria-label": |aria-label=|label: |title: )"([^"$]+)\"""", script))
    assert {"Close dialog", "refresh captcha"} < labels
    assert {"Tài khoản", "Đóng", "Đổi mã kiểm tra", "Điều hướng chính", "Loại tài khoản"} <= labels
    english = {label for label in labels if label.isascii()}
    assert english == {"Close dialog", "refresh captcha"}


def test_failed_signature_points_to_where_its_reason_is() -> None:
    """The page learns an opaque code only; a window of the signing agent says why, or its terminal where none opens."""
    (sentence,) = re.findall(r'^  failed: "(.+)",$', read("errors.js"), re.MULTILINE)
    assert "cửa sổ ký số" in sentence
    assert "cửa sổ dòng lệnh" in sentence
    assert "USB Token" not in sentence


def test_form_controls_of_the_real_portal() -> None:
    script = "".join(module.read_text("utf-8") for module in MODULES)
    for name in ("username", "password", "textCaptcha", "email", "phone", "commitment"):
        assert f'formcontrolname: "{name}"' in script
    for words in ("Mã số thuế", "Mật khẩu", "Nhập mã kiểm tra", "refresh captcha", "Close dialog", "app-dialog-login"):
        assert f'"{words}"' in script


def test_errors_of_the_signing_client_have_no_code() -> None:
    """The real portal's messages have none: the run has to know them by their text."""
    script = read("client-errors.js")
    assert 'code = "";' in script
    texts = re.findall(r'^  [a-z_]+: "(.+)",', script, re.MULTILINE)
    assert len(texts) == len(set(texts)) == 12
    messages = load_profile("sandbox-client").messages
    for text in [*texts, VALUE_NULL, NO_KEY]:
        assert interpret(text, "", messages).meaning not in (Meaning.REJECTED, Meaning.UNKNOWN), text
