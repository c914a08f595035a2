"""A picture of a window: frames, numbers, covered fields."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from chukyso.desktop.model import Rect
from chukyso.desktop.picture import compose

RED, INK = (208, 2, 27), (32, 33, 36)
FIELD, BUTTON = Rect(20, 40, 280, 62), Rect(150, 80, 220, 104)


def drawn(text: str = "", marks: int = 1, filled: bool = True, scaling: int = 100) -> Image.Image:
    picture = Image.new("RGB", (300, 120), "white")
    ImageDraw.Draw(picture).text((24, 44), text, fill="black")
    return compose(picture, [BUTTON] * marks, [(FIELD, filled)], [FIELD, BUTTON], scaling)


def test_a_field_looks_the_same_whatever_is_in_it() -> None:
    assert drawn("••••").tobytes() == drawn("••••••••••••").tobytes() == drawn("94Kx").tobytes()
    assert drawn("94Kx", filled=False).tobytes() == drawn(filled=False).tobytes()
    assert drawn().tobytes() != drawn(filled=False).tobytes()


def test_what_is_pressed_is_framed_and_numbered_and_not_hidden() -> None:
    picture = drawn()
    inside = picture.crop((20 + BUTTON.left, 20 + BUTTON.top, 20 + BUTTON.right, 20 + BUTTON.bottom))
    assert inside.getcolors() == [(70 * 24, (255, 255, 255))]
    assert sum(pixel == RED for pixel in picture.get_flattened_data()) > 800
    assert drawn(marks=0).getcolors(1 << 16) is not None
    assert not any(pixel == RED for pixel in drawn(marks=0).get_flattened_data())


@pytest.mark.parametrize("place", [Rect(0, 0, 30, 12), Rect(270, 108, 300, 120), Rect(0, 0, 300, 120)])
def test_at_an_edge_frame_and_number_are_whole(place: Rect) -> None:
    picture = compose(Image.new("RGB", (300, 120), "white"), [place], [], [])
    assert picture.size == (340, 160)
    edge = [picture.getpixel((x, y)) for x in range(340) for y in (0, 159)]
    edge += [picture.getpixel((x, y)) for y in range(160) for x in (0, 339)]
    assert RED not in edge


def test_a_screen_that_is_scaled_gets_larger_marks() -> None:
    once, twice = drawn(), drawn(scaling=200)
    count = [sum(pixel == RED for pixel in each.get_flattened_data()) for each in (once, twice)]
    assert count[1] > 2 * count[0]
    assert INK in twice.get_flattened_data()
