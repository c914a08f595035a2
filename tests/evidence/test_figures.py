"""Figures of real pages in the real browser: marked, sharp, without secrets, and the page left as it was."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from chukyso.browser import can_sandbox_processes, find_browser
from chukyso.evidence.guide import CAPTIONS
from chukyso.figures.taking import png_size, public_address
from EvidenceLibrary import figures as library
from EvidenceLibrary.figures import BrowserPage
from support.evidence import manifest
from support.paths import ROBOT

DATA = ROBOT / "evidence"
RED = (208, 2, 27)


class _Site(http.server.SimpleHTTPRequestHandler):
    """Serves the pages; those under /strict/ with the policy of the signing agent's windows."""

    def end_headers(self) -> None:
        if self.path.startswith("/strict/"):
            self.send_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        super().end_headers()

    def translate_path(self, path: str) -> str:
        return super().translate_path("/window.html" if path.startswith("/strict/") else path)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    handler = functools.partial(_Site, directory=str(DATA))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def run(site: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data suite, run once; returns its output directory."""
    output = tmp_path_factory.mktemp("figures")
    variables = {"SITE": site, "CHROMIUM": find_browser(), "SANDBOXED": can_sandbox_processes()}
    command = [sys.executable, "-m", "robot", "--outputdir", str(output)]
    for name, value in variables.items():
        command += ["--variable", f"{name}:{value}"]
    done = subprocess.run(
        [*command, str(DATA / "figures.robot")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    (output / "console.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    # The suite passes; its evidence says that the run never recorded an outcome.
    assert done.returncode == 0, done.stdout + done.stderr
    return output


def picture(run: Path, number: int) -> Image.Image:
    return Image.open(run / "figures" / f"figure-{number}.png").convert("RGB")


def at(image: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    """Colour at a place given in CSS pixels."""
    pixel = image.getpixel((round(2 * x), round(2 * y)))
    assert isinstance(pixel, tuple)
    return pixel[:3]


def test_pictures_have_twice_the_size_of_the_window(run: Path) -> None:
    assert picture(run, 1).size == (1600, 1200)
    assert png_size((run / "figures" / "figure-1.png").read_bytes()) == (1600, 1200)


def test_frame_surrounds_each_marked_element(run: Path) -> None:
    image = picture(run, 1)
    # #go lies at 200, 300 with 160 x 40; its frame is 5 px outside and 3 px thick. Likewise #other at 500, 300.
    for x, y in ((196.5, 330), (363.5, 330), (280, 296.5), (280, 343.5), (496.5, 330), (603.5, 330)):
        assert at(image, x, y) == RED, (x, y)
    assert at(image, 450, 320) == (255, 255, 255)


def test_number_stands_in_a_filled_circle_at_the_corner(run: Path) -> None:
    image = picture(run, 1)
    assert at(image, 195 - 4 - 8, 295 - 4) == RED
    badge = image.crop((346, 546, 400, 600))
    assert (255, 255, 255) in [pixel for _count, pixel in badge.getcolors(10_000) or []]


def test_number_gives_way_to_text(run: Path) -> None:
    """A text stands at the corner of the second element: its number goes to the left of the frame instead."""
    image = picture(run, 1)
    assert at(image, 500 - 5 - 2 - 13 - 8, 320) == RED
    first = image.crop((346, 546, 400, 600))
    second = image.crop((934, 614, 988, 668))
    assert ImageChops.difference(first, second).getbbox(), "1 and 2 look the same"
    text = image.crop((940, 550, 1060, 580))
    assert RED not in [pixel for _count, pixel in text.getcolors(10_000) or []]
    assert (0, 0, 0) in [pixel for _count, pixel in text.getcolors(10_000) or []]


def test_second_figure_is_numbered_anew(run: Path) -> None:
    area = (346, 546, 400, 600)
    assert not ImageChops.difference(picture(run, 1).crop(area), picture(run, 2).crop(area)).getbbox()
    assert at(picture(run, 2), 496.5, 330) != RED


def test_secrets_look_the_same_whatever_they_are(run: Path) -> None:
    """Same dots for a short and a long password, and for a PIN that the page shows in clear."""
    first, second = picture(run, 1), picture(run, 2)
    for top in (40, 100):
        area = (200, 2 * top, 800, 2 * top + 80)
        assert not ImageChops.difference(first.crop(area), second.crop(area)).getbbox(), top
        assert len(first.crop(area).getcolors(10_000) or []) > 3, "there is nothing in the field"
    # Both fields have the same size, so dots over text and dots over dots are the same picture.
    assert not ImageChops.difference(first.crop((202, 82, 798, 158)), first.crop((202, 202, 798, 278))).getbbox()


def test_secrets_behind_a_dialog_do_not_show_either(run: Path) -> None:
    """A dialog's backdrop lets the page show through: the same picture whatever the length."""
    area = (200, 60, 800, 290)
    assert not ImageChops.difference(picture(run, 4).crop(area), picture(run, 6).crop(area)).getbbox()


def test_picture_waits_for_animations(run: Path) -> None:
    assert at(picture(run, 1), 650, 90) == (0, 0, 255)


def test_whole_page_is_taken_when_asked(run: Path) -> None:
    image = picture(run, 3)
    assert image.size == (1600, 3000)
    assert at(image, 196.5, 1430) == RED


def test_frame_lies_above_a_modal_dialog(run: Path) -> None:
    image = picture(run, 4)
    assert image.size == (1600, 1200)
    red = [(x, y) for x in range(0, 1600, 2) for y in range(0, 1200, 2) if image.getpixel((x, y)) == RED]
    assert len(red) > 200


def test_works_under_a_policy_that_allows_nothing(run: Path) -> None:
    image = picture(run, 5)
    red = sum(count for count, pixel in image.getcolors(1 << 20) or [] if pixel == RED)
    assert red > 1000
    page = next(figure["page"] for figure in manifest(run)["figures"] if figure["number"] == 5)
    assert page.endswith("/strict/…/window.html")


def test_log_shows_figures_with_captions(run: Path) -> None:
    # log.html packs its texts; output.xml has what was logged, as it was logged.
    text = (run / "output.xml").read_text(encoding="utf-8")
    for number in range(1, 6):
        assert f'src="figures/figure-{number}.png"'.replace('"', "&quot;") in text.replace('"', "&quot;")
        assert CAPTIONS[number] in text


def test_manifest_tells_of_figures_and_steps(run: Path) -> None:
    data = manifest(run)
    assert [figure["number"] for figure in data["figures"]] == [1, 2, 3, 4, 5, 6]
    assert [step["status"] for step in data["steps"]] == ["done"] * 3
    assert data["host"]["browser"]
    assert "geheim" not in (run / "evidence" / "manifest.json").read_text(encoding="utf-8")


def test_console_tells_steps_and_figures_as_they_happen(run: Path) -> None:
    console = (run / "console.txt").read_text(encoding="utf-8")
    wanted = [
        "  ▸ Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam …",
        "    Hình 1 đã chụp (",
        "    xong sau ",
    ]
    places = [console.index(text) for text in wanted]
    assert places == sorted(places)
    assert "WARN" not in console, console


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (
            "https://user:pass@portal.example/a?token=1#/thay-doi-thong-tin?x=2",
            "https://portal.example/a#/thay-doi-thong-tin",
        ),
        ("http://127.0.0.1:4711/window/4fQ9_xZ-81sKq0aWm2/pin", "http://127.0.0.1:4711/window/…/pin"),
        ("http://127.0.0.1:4711/thay-doi-thong-tin/", "http://127.0.0.1:4711/thay-doi-thong-tin/"),
    ],
)
def test_addresses_lose_what_is_secret(address: str, public: str) -> None:
    assert public_address(address) == public


@pytest.mark.parametrize("works", [True, False])
def test_no_log_holds_the_snapshot(monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    """Browser's keyword logs what it returns: fields for secrets are hidden from it, all others are not."""
    levels = ["TRACE"]

    class Robot:
        def set_log_level(self, level: str) -> str:
            levels.append(level)
            return levels[-2]

    class Page:
        def get_aria_snapshot(self, _selector: str) -> str:
            assert levels[-1] == "NONE"
            if not works:
                raise AssertionError("the page is gone")
            return "- textbox: k@example.vn"

    monkeypatch.setattr(library, "BuiltIn", Robot)
    camera = BrowserPage(Page())  # type: ignore[arg-type]
    if works:
        assert camera.snapshot() == "- textbox: k@example.vn"
    else:
        with pytest.raises(AssertionError, match="the page is gone"):
            camera.snapshot()
    assert levels == ["TRACE", "NONE", "TRACE"]


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n" + bytes(30), b"<html>"])
def test_half_a_picture_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match="PNG"):
        png_size(data)
