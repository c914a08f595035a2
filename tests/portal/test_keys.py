"""The declaration of a profile's keys: everything follows it, and nothing uses a name that it does not have."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import pytest

from chukyso.portal.declaring import Need
from chukyso.portal.keys import KEYS, OPEN_TABLES
from chukyso.portal.kinds import CSS
from chukyso.portal.profile import PROFILES, load_profile
from chukyso.portal.selectors import engine_of, parts_of, why_no_css, why_no_selector
from support.paths import ROOT

ELEMENTS = {name.removeprefix("locators.") for name in KEYS if name.startswith("locators.")}
PAGES = "|".join(dict.fromkeys(element.partition(".")[0] for element in ELEMENTS))
# `page.element` as an argument of a keyword or as a text in Python; `form.resource` and the like are files.
NAMED = re.compile(rf"(?<![\w./\[{{$])({PAGES})\.([a-z_]+)(?![\w./(=])")
USERS = [
    *(ROOT / "resources").rglob("*.resource"),
    *(ROOT / "suites").rglob("*.robot"),
    *(ROOT / "libraries" / "PortalLibrary").glob("*.py"),
    ROOT / "libraries" / "chukyso" / "probe" / "pages.py",
]


def used() -> dict[str, set[str]]:
    """Which file names which element."""
    found: dict[str, set[str]] = {}
    for path in USERS:
        for page, element in NAMED.findall(path.read_text(encoding="utf-8")):
            found.setdefault(f"{page}.{element}", set()).add(path.name)
    return {name: files for name, files in found.items() if not name.endswith((".resource", ".robot"))}


def test_every_element_that_the_product_uses_is_declared_and_every_declared_one_is_used() -> None:
    found = used()
    read_together = {name for name in ELEMENTS if name.startswith("certificate.")}  # by the fields of ShownCertificate
    assert {name: files for name, files in found.items() if name not in ELEMENTS} == {}
    assert ELEMENTS - set(found) - read_together == set()


def test_what_is_waited_for_beside_others_or_read_by_the_page_is_css() -> None:
    waits = [
        re.split(r"\s{2,}", line)[2:]
        for path in USERS
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"Wait For (First Of|Answer To Submission)\s{2,}", line)
    ]
    waited = {name for line in waits for name in line if name in ELEMENTS}
    assert {"form.ready", "result.notice", "toast.error", "units.dialog", "account.menu"} <= waited
    read = {name for name in ELEMENTS if name.startswith("certificate.")}
    read |= {"toast.text", "result.transaction", "result.recorded"}
    css = {name.removeprefix("locators.") for name, key in KEYS.items() if key.kind is CSS}
    assert waited | read == css & (waited | read)
    assert not css - waited - read, "a selector of any engine would do"


def test_every_key_says_what_it_is_in_both_languages() -> None:
    for key in (*KEYS.values(), *OPEN_TABLES):
        for text in (key.vi, key.en, key.kind.vi, key.kind.en):
            assert text
            assert unicodedata.is_normalized("NFC", text)
        assert key.vi.endswith("."), key.name
        assert key.en.endswith("."), key.name
    assert len({need.vi for need in Need}) == len(Need)


def test_what_has_no_default_is_needed_for_something() -> None:
    assert not [key.name for key in KEYS.values() if key.is_unknown(key.default) and not key.needed]


def test_defaults_are_what_their_own_kind_takes() -> None:
    for key in KEYS.values():
        value = key.default
        assert key.kind.read(list(value) if isinstance(value, tuple) else value) == value, key.name


@pytest.mark.parametrize("name", ["sandbox", "bhxh"])
def test_shipped_profiles_have_every_key_without_a_default(name: str) -> None:
    """Who copies one sees all that there is to fill in."""
    data = tomllib.loads((PROFILES / f"{name}.toml").read_text(encoding="utf-8"))
    for key in KEYS.values():
        table = data
        if not key.is_unknown(key.default):
            continue
        for part in key.name.split("."):
            assert part in table, key.name
            table = table[part]


def test_the_sandbox_knows_everything() -> None:
    profile = load_profile("sandbox")
    assert [one.key for one in profile.missing(set(Need))] == ["portal.url"]
    assert profile.missing(set(Need) - {Need.ADDRESS}) == []


def test_the_pages_are_up_to_date(tmp_path: Path) -> None:
    script = ROOT / "docs" / "profile_keys.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True, timeout=120)
    built = {path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.md")}
    assert set(built) == {"profile-keys.md", "vi/khoa-cau-hinh.md"}
    for name, text in built.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, "run python docs/profile_keys.py"
        assert not [key for key in KEYS if f"`{key.rpartition('.')[2]}`" not in text]


@pytest.mark.parametrize(
    ("selector", "parts"),
    [
        ("#a", ["css"]),
        ("mat-dialog-container:has([data-result])", ["css"]),
        ('mat-dialog-container >> role=button[name="a >> b"]', ["css", "role"]),
        ("//div", ["xpath"]),
        ("(//div)[2]", ["xpath"]),
        ("..", ["xpath"]),
        ('"Đăng nhập"', ["text"]),
        ("text=Đăng nhập", ["text"]),
        ("css=#a >> nth=0", ["css", "nth"]),
        ('iframe[name="a >>> b"] >>> role=button >> .c', ["css", "role", "css"]),
        ('[name="a=b"]', ["css"]),
        (r"#a\:b", ["css"]),
    ],
)
def test_parts_and_engines_of_a_selector(selector: str, parts: list[str]) -> None:
    assert [engine_of(part) for part in parts_of(selector)] == parts
    assert why_no_selector(selector) == ""


@pytest.mark.parametrize(
    "selector",
    [
        "#a",
        "email",
        "a > b",
        "a:is(b, c) + d",
        '[x="a]b,"]',
        "a:has(> b)",
        ".a, .b",
        r"#a\:b",
        "*|a",
        ":not([value=''])",
    ],
)
def test_plain_css(selector: str) -> None:
    assert why_no_css(selector) == ""
    assert why_no_selector(selector) == ""


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("//div", "không phải bộ định vị “xpath”"),
        ("role=button", "không phải bộ định vị “role”"),
        ("text=OK", "không phải bộ định vị “text”"),
        ('"OK"', "không phải bộ định vị “text”"),
        ("#a >> .b", "không nối bằng “>>”"),
        ("iframe >>> .b", "không nối bằng “>>”"),
        ("div:has-text('x')", "“:has-text” chỉ Playwright mới có"),
        ("a:not(:visible)", "“:visible” chỉ Playwright mới có"),
        ('[a="b"', "thiếu dấu “]”"),
        ("a:nope(", "thiếu dấu “)”"),
        ('[a="b]', 'thiếu dấu “"”'),
        ("a)", "thừa dấu “)”"),
        ("a, , b", "thiếu một vế"),
        ("a > > b", "thiếu một vế"),
        ("> a", "thiếu một vế"),
        ("a {}", "có dấu “{”"),
        ("xpath://a", "có dấu “/”"),
    ],
)
def test_what_is_no_css_and_why(selector: str, why: str) -> None:
    assert why in why_no_css(selector)


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("rol=button", "không có bộ định vị “rol=”"),
        ("a >>", "phần trống"),
        ("iframe >>>", "phần trống"),
        (">> a", "phần trống"),
        ("a >> role=button >> [b", "thiếu dấu “]”"),
        ("xpath://a", "có dấu “/”"),
    ],
)
def test_what_no_engine_takes_and_why(selector: str, why: str) -> None:
    assert why in why_no_selector(selector)
