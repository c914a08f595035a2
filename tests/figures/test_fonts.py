"""Which fonts of the machine a page is drawn in, as a number beside a figure: "" when the page brings all of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import captcha
import pytest

from chukyso.figures import taking as figures
from chukyso.typeface import embed
from support.chromium import Chromium, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="fontconfig says which fonts there are"),
]

MEASURE = (Path(figures.__file__).parents[1] / "figures" / "measure.js").read_text(encoding="utf-8")
ASKED = {
    "host": "html",
    "changing": [],
    "masked": [],
    "ignored": [".ignored"],
    "above": "",
    "until": "",
    "fullPage": False,
}
PREPARED = """document.documentElement.figure = { root: document.createElement("div"), undo: [],
    isSecret: (field) => field.type === "password", roots: (place) => [place] }"""
Fonts = Callable[[str], str]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """On a machine with one font, which draws all that is asked of it alike; it has Cyrillic, ours has not."""
    fonts = Path(captcha.__file__).parent / "data"
    config = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{fonts}</dir><cachedir>{config.parent / 'cache'}</cachedir></fontconfig>", encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONTCONFIG_FILE", str(config))
        with chromium() as started:
            yield started


@pytest.fixture
def fonts(browser: Chromium, tmp_path: Path) -> Fonts:
    """Measure a page whose body has our typeface."""

    def measure(body: str) -> str:
        page = tmp_path / "page.html"
        style = 'body, input { font: 15px "Be Vietnam Pro" }'
        text = (
            f"<!DOCTYPE html><html><head><meta charset='utf-8'><style>{style}</style></head><body>{body}</body></html>"
        )
        page.write_text(embed(text), encoding="utf-8")
        with browser.tab(page.as_uri()) as tab:
            tab.run("document.documentElement.getBoundingClientRect(), document.fonts.ready.then(() => 1)")
            tab.run(PREPARED)
            found: str = tab.run(f"({MEASURE})({json.dumps(ASKED)}).fonts")
            return found

    return measure


def test_a_page_that_brings_its_font_uses_none_of_the_machine(fonts: Fonts) -> None:
    assert fonts("<p>Đăng ký thay đổi thông tin</p>") == ""


@pytest.mark.parametrize(
    "body",
    ["<p>Đăng ký Жэ</p>", "<p><b>Жэ</b></p>", "<p style='font-family: serif'>Đăng ký</p>", "<input value='Ж'>"],
    ids=["a letter that it lacks", "in bold", "another font", "a letter in a field"],
)
def test_what_is_drawn_in_fonts_of_the_machine_counts(fonts: Fonts, body: str) -> None:
    assert fonts(body) != ""


@pytest.mark.parametrize(
    "body",
    ["<input type='password' value='Ж'>", "<p class='ignored'>Ж</p>", "<p hidden>Ж</p>"],
    ids=["secret", "ignored", "hidden"],
)
def test_secrets_and_what_does_not_count_leave_no_trace_in_it(fonts: Fonts, body: str) -> None:
    """A number that a password's letters change would tell something of them."""
    assert fonts(f"<p>Đăng nhập</p>{body}") == ""
