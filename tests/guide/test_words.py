"""The guide's words are in several places; all of them say the same, letter for letter."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest
from robot.running import ResourceFile, UserKeyword

from chukyso.evidence import guide
from chukyso.sandbox.portal import texts
from support.guide import BOLD, CAPTIONS, HEADINGS, TITLE, WORDS
from support.paths import ROOT


@pytest.fixture(scope="module")
def keywords() -> list[UserKeyword]:
    """The steps of the suite."""
    found = ResourceFile.from_file_system(ROOT / "resources" / "guide.resource").keywords
    return [keyword for keyword in found if keyword.name.startswith("Bước ")]


def test_the_product_says_what_the_guide_says() -> None:
    said: list[str | None] = [guide.TITLE, guide.NOTE]
    for step in guide.GUIDE_STEPS:
        said.append(step.heading)
        for passage in step.passages:
            said += [passage.text, None, passage.caption]
    assert [*said, guide.CLOSING] == WORDS


def test_the_steps_of_the_suite_are_named_and_documented_in_the_guides_words(keywords: list[UserKeyword]) -> None:
    assert [keyword.name for keyword in keywords] == HEADINGS
    for keyword, step in zip(keywords, guide.GUIDE_STEPS, strict=True):
        assert " ".join(keyword.doc.split()) == " ".join(passage.text for passage in step.passages)


def test_titles_and_captions_are_of_the_same_steps() -> None:
    assert [f"Bước {number}: {title}" for number, title in guide.STEPS.items()] == HEADINGS
    assert list(guide.CAPTIONS.values()) == CAPTIONS
    assert list(guide.CAPTIONS) == list(guide.STEP_OF_FIGURE) == list(range(1, len(CAPTIONS) + 1))
    said = [text for text in WORDS if text in {*HEADINGS, *CAPTIONS}]
    steps = [len([text for text in said[: said.index(caption)] if text in HEADINGS]) for caption in CAPTIONS]
    assert list(guide.STEP_OF_FIGURE.values()) == steps
    assert all(caption.startswith(f"Hình {number} - ") for number, caption in guide.CAPTIONS.items())


def test_what_the_reader_presses_is_called_so_on_the_page() -> None:
    """The sentence to tick and the buttons, as the guide quotes them, are those of the sandbox's portal."""
    page = Path(texts.__file__).read_text(encoding="utf-8") + "".join(
        path.read_text(encoding="utf-8") for path in sorted((Path(texts.__file__).parent / "static").glob("*.js"))
    )
    windows = Path(guide.__file__).parents[1] / "agent" / "templates"
    page += "".join(path.read_text(encoding="utf-8") for path in sorted(windows.glob("*.html")))
    page = re.sub(r'"\s*(?:\+\s*)?"', "", page)  # a text that goes over two lines
    for words in BOLD:
        assert words.strip("“”") in page, words


def test_one_place_composed_and_with_its_own_quotes() -> None:
    source = Path(guide.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    assert source == unicodedata.normalize("NFC", source)
    words = tomllib.loads(source)
    assert words["title"] == TITLE
    for path in (ROOT / "libraries" / "chukyso").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        for text in (TITLE, *HEADINGS, *CAPTIONS):
            assert text not in code, f"{path.name} says it once more: {text}"


def test_every_figure_is_described_for_who_cannot_see_it() -> None:
    described = [passage.shows for step in guide.GUIDE_STEPS for passage in step.passages]
    assert len(set(described)) == len(CAPTIONS)
    assert all(text.endswith(".") and 40 < len(text) < 250 for text in described)
