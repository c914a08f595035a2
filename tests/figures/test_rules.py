"""What counts as a change and what does not, and what is masked in texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter

from chukyso.errors import ChukysoError
from chukyso.evidence.model.guide import FigureMatch, Match
from chukyso.evidence.model.run import Privacy
from chukyso.figures.match import match_figure, refuse_change, refuse_damaged, why_not_comparable
from chukyso.figures.measurement import Measurement, Region, normalise, structure_difference
from chukyso.figures.picture import compare_pictures, counting, read_reduced, to_png, without_regions
from chukyso.figures.privacy import Masker, read_policy, shorten
from chukyso.figures.references import Reference, References, digest
from chukyso.figures.table import load_tables, references_of
from chukyso.portal.profile import load_profile
from chukyso.report.words import MATCH_ACTIONS, MATCH_REASONS, why_not_compared
from chukyso.run.options import check_options

MST = "0312345679"
MEASUREMENT = Measurement("- button: OK\n", (), None, None, 2.0, "Chromium 156", "0badcafe")


@pytest.mark.parametrize(
    ("line", "normal"),
    [
        ("- definition: 4E53D1D49EA26B75C323724D01730E43", "- definition: <serial>"),
        ("- definition: 4e:53:d1:d4:9e:a2:6b:75:c3", "- definition: <serial>"),
        ('- definition: "0101234565-001"', "- definition: <number>"),
        ("- text: gửi tới ai.do+x@cong-ty.example;", "- text: gửi tới <email>;"),
        ("- definition: 24/12/2023 05:26:25", "- definition: <moment>"),
        ("- text: 2026-03-02T01:15:09.412Z", "- text: <moment>"),
        ("- text: mã 22929d23-baec-482a-a375-c684ee008807.", "- text: mã <id>."),
        ("- text: 127.0.0.1:40073", "- text: 127.0.0.1:<port>"),
        ('  - /url: "#/index?muc=dich-vu"', "  - /url: #/index?…"),
        ('- button "Đăng nhập" [active] [cursor=pointer]', '- button "Đăng nhập"'),
        ("- text: Có gì mới?", "- text: Có gì mới?"),
        ('- heading "Bước 12" [level=2]', '- heading "Bước 12" [level=2]'),
        ("- listitem: 12/11 Gia hạn chứng thư số", "- listitem: 12/11 Gia hạn chứng thư số"),
    ],
)
def test_what_changes_from_run_to_run_is_taken_out(line: str, normal: str) -> None:
    assert normalise(line, []) == f"{normal}\n"


def test_texts_of_regions_are_taken_out_whole_words_only() -> None:
    snapshot = "- strong: SEN\n- text: SENG SEN VÀNG\n"
    assert normalise(snapshot, ["SEN", "SEN VÀNG", "x", ""]) == "- strong: …\n- text: SENG …\n"


def test_difference_of_structures_names_what_is_gone_and_new() -> None:
    assert structure_difference("- a\n- b\n- c\n", "- a\n- d\n- c\n") == ("-- b", "+- d")
    assert structure_difference("- a\n", "- a\n") == ()


def large_page() -> Image.Image:
    picture = Image.new("RGB", (2560, 1792), "#eef2f7")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 2559, 163), fill="#123f6d")
    draw.rectangle((1600, 1200, 2083, 1323), fill="#0b4a7a")
    draw.text((240, 400), "Đăng ký thay đổi thông tin", fill="#1c2430", font_size=30)
    return picture


def page() -> Image.Image:
    return large_page().reduce(4)


def differs(found: Image.Image, mask: Image.Image | None = None) -> int:
    return len(compare_pictures(page(), found, mask or Image.new("L", found.size, 255)).tiles)


def test_same_picture_and_edges_drawn_otherwise_are_no_change() -> None:
    assert differs(page()) == 0
    assert differs(page().point(lambda value: min(255, value + 12))) == 0, "another gamma"
    assert differs(large_page().filter(ImageFilter.GaussianBlur(0.7)).reduce(4)) == 0, "other smoothing"


def test_moved_and_recoloured_button_are_changes() -> None:
    moved = page()
    moved.paste("#eef2f7", (400, 300, 521, 331))
    moved.paste("#0b4a7a", (404, 300, 525, 331))
    assert differs(moved) > 0
    recoloured = page()
    recoloured.paste("#0a7a3c", (400, 300, 521, 331))
    assert differs(recoloured) > 0


def test_regions_do_not_count_unless_a_dialog_lies_above_them() -> None:
    changed = page()
    changed.paste("white", (400, 300, 521, 331))
    region = Region("x 0", (790, 590, 270, 90), inside=False)
    masked = replace(MEASUREMENT, regions=(region,))
    assert differs(changed, counting(masked, changed.size)) == 0
    above = replace(masked, above=(700, 500, 500, 300))
    assert differs(changed, counting(above, changed.size)) > 0
    inside = replace(above, regions=(replace(region, inside=True),))
    assert differs(changed, counting(inside, changed.size)) == 0
    assert differs(changed, counting(replace(MEASUREMENT, until=580.0), changed.size)) == 0


def test_reference_shows_nothing_of_what_changes() -> None:
    shown = without_regions(page(), replace(MEASUREMENT, regions=(Region("x", (100, 180, 500, 60), inside=False),)))
    assert shown.crop((50, 90, 300, 120)).getcolors() == [(250 * 30, (226, 230, 235))]


def reference(**changes: object) -> Reference:
    picture = to_png(page(), exact=True)
    return Reference(replace(MEASUREMENT, **changes), picture, digest(picture))  # type: ignore[arg-type]


def figure(directory: Path, picture: Image.Image) -> Path:
    path = directory / "figure-1.png"
    picture.resize((2560, 1792), Image.Resampling.NEAREST).save(path)
    return path


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fonts": "00000000"}, "other-fonts"),
        ({"scale": 1.0}, "other-size"),
        ({"regions": (Region("x 0", (0, 0, 90, 60), inside=False),)}, "other-layout"),
    ],
)
def test_other_machine_makes_the_picture_incomparable_but_not_the_structure(
    tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    measurement = replace(MEASUREMENT, regions=(Region("x 0", (0, 0, 90, 20), inside=False),))
    wanted = reference(**({"regions": measurement.regions} | changes))
    other = page().rotate(180)
    found = match_figure(1, figure(tmp_path, other), measurement, References({1: wanted})).match
    assert (found.structure, found.picture, found.reason) == (Match.SAME, Match.NOT_COMPARABLE, reason)
    renamed = replace(measurement, structure="- button: Đồng ý\n")
    found = match_figure(1, figure(tmp_path, other), renamed, References({1: wanted})).match
    assert found.result is Match.CHANGED
    assert found.reference_sha256 == wanted.sha256


def test_another_browser_is_compared_with_more_tolerance(tmp_path: Path) -> None:
    """A tenth of a tile: more than one browser may differ from itself, and less than two may; a third is a change."""
    other = reference(browser="Chromium 157")
    for pixels, same, between in (
        (3, Match.SAME, Match.SAME),
        (10, Match.CHANGED, Match.SAME),
        (30, *[Match.CHANGED] * 2),
    ):
        found = page()
        for at in range(pixels):
            found.putpixel((500 + at % 10, 100 + at // 10), (0, 0, 0))
        path = figure(tmp_path, found)
        assert match_figure(1, path, MEASUREMENT, References({1: reference()})).match.picture is same, pixels
        match = match_figure(1, path, MEASUREMENT, References({1: other})).match
        assert (match.picture, match.reason) == (between, None), pixels


def test_every_reason_says_what_to_do() -> None:
    assert MATCH_ACTIONS.keys() == MATCH_REASONS.keys()
    assert "chukyso figures refresh" in why_not_compared("other-fonts")


def test_figure_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "figure-1.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    found = match_figure(1, path, MEASUREMENT, References({1: reference()})).match
    assert (found.picture, found.reason) == (Match.NOT_COMPARABLE, "unreadable")


def test_changed_figure_is_compared_as_taken(tmp_path: Path) -> None:
    assert (
        match_figure(1, figure(tmp_path, page()), MEASUREMENT, References({1: reference()})).match.result is Match.SAME
    )
    found = match_figure(1, figure(tmp_path, page().rotate(180)), MEASUREMENT, References({1: reference()}))
    assert found.match.result is Match.CHANGED
    assert found.picture
    assert found.reference


@pytest.mark.parametrize(
    ("structure", "picture", "result"),
    [
        (Match.SAME, Match.SAME, Match.SAME),
        (Match.SAME, Match.CHANGED, Match.CHANGED),
        (Match.CHANGED, Match.NOT_COMPARABLE, Match.CHANGED),
        (Match.SAME, Match.NOT_COMPARABLE, Match.NOT_COMPARABLE),
        (Match.NO_REFERENCE, Match.NO_REFERENCE, Match.NO_REFERENCE),
    ],
)
def test_result_of_both(structure: Match, picture: Match, result: Match) -> None:
    assert FigureMatch.of(structure, picture).result is result


def test_strict_refuses_what_changed_and_what_was_not_measured() -> None:
    refuse_change(1, FigureMatch.of(Match.SAME, Match.NOT_COMPARABLE, "other-fonts"))
    refuse_change(1, FigureMatch.of(Match.NO_REFERENCE, Match.NO_REFERENCE, "missing"))
    refuse_damaged(References({}, {2: "missing"}), Path())
    for match in (
        FigureMatch.of(Match.CHANGED, Match.SAME),
        FigureMatch.of(Match.NOT_COMPARABLE, Match.NOT_COMPARABLE, "unmeasured"),
        FigureMatch.of(Match.SAME, Match.NOT_COMPARABLE, "unreadable"),
    ):
        with pytest.raises(ChukysoError, match=r"\[FIGURE_MISMATCH\] Hình 1"):
            refuse_change(1, match)


@pytest.mark.parametrize(
    "table",
    [
        "[figures.7]",
        "[figures.1]\nmaskd = []",
        "[figures.1]\nmasked = 'x'",
        "[figures.1]\nabove = 1",
        "[figures.1]\nmasked = [1]",
        "[figures.1]\nmasked = ['']",
        "[figures.1]\nmasked = ['role=button']",
        "[figures.1]\nuntil = '//div'",
        "[figures.1]\nchanging = ['[a']",
        "x = [",
        "x = 1",
    ],
)
def test_table_with_a_mistake_is_refused(tmp_path: Path, table: str) -> None:
    (tmp_path / "figures.toml").write_text(table, encoding="utf-8")
    with pytest.raises(ChukysoError, match="PROFILE_INVALID"):
        load_tables(tmp_path)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[figures.1]\nmaskd = []", "“figures.1.maskd”, có phải là “figures.1.masked” không"),
        ("[figure.1]\nmasked = []", "không có bảng “[figure]”, có phải là “[figures]” không"),
        ("[figures.1]\nmasked = '#a'", "“figures.1.masked” phải là danh sách […], không phải “#a”"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_as_of_a_profile(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "figures.toml").write_text(table, encoding="utf-8")
    with pytest.raises(ChukysoError) as error:
        load_tables(tmp_path)
    assert said in error.value.happened


def test_picture_too_large_is_refused(tmp_path: Path) -> None:
    Image.new("1", (20000, 4400)).save(tmp_path / "bomb.png")
    with pytest.raises(ValueError, match="too many"):
        read_reduced(tmp_path / "bomb.png")


def test_references_of_a_profile_elsewhere_lie_beside_it(tmp_path: Path) -> None:
    own = load_profile("sandbox")
    assert references_of(own).parts[-3:] == ("resources", "figures", "sandbox")
    assert references_of(replace(own, source=tmp_path / "mine.toml", name="mine")) == tmp_path / "figures" / "mine"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("gửi tới ke.toan@cong-ty.example.", "gửi tới k***@cong-ty.example."),
        ("gọi 0912345612", "gọi 09** *** *12"),
        ("gọi 024 3999 0000, +84 912 345 678", "gọi 02** *** *00, 84** *** *78"),
        ("CCCD 001099000123, 001099000123", "***, ***"),
        ("CMND: 012345678", "***"),
        (f"MST {MST}", f"MST {MST}"),
        ("lúc 02/03/2026 08:15:12,123", "lúc 02/03/2026 08:15:12,123"),
        ("2026-03-02T01:15:09.412Z", "2026-03-02T01:15:09.412Z"),
        ("4E53D1D49EA26B75C323724D01730E43", "4E53D1D49EA26B75C323724D01730E43"),
        ("http://127.0.0.1:40073/#/index", "http://127.0.0.1:40073/#/index"),
        ("22929d23-0123-4567-8912-001234567890", "22929d23-0123-4567-8912-001234567890"),
    ],
)
def test_what_is_about_a_person_is_shortened(text: str, masked: str) -> None:
    assert Masker([MST]).text(text) == masked


def test_other_tax_code_is_taken_for_a_telephone() -> None:
    """Both look alike; what is not known to be the account's is masked."""
    assert MST not in Masker().text(f"MST {MST}")


def test_known_value_is_masked_whatever_it_looks_like() -> None:
    masker = Masker([MST])
    masker.know("số máy lẻ 12", MST, "ab", "")
    assert masker.text(f"gọi số máy lẻ 12, {MST}, ab") == f"gọi ***, {MST}, ab"
    assert masker.value({"a": ["số máy lẻ 12", 3, None]}) == {"a": ["***", 3, None]}


def test_shortened_value_tells_nothing_more() -> None:
    assert shorten("a@b.example") == "a***@b.example"
    assert shorten("0240234565") == "02** *** *65"
    assert shorten("001099000123") == "***"


@pytest.mark.parametrize(
    ("text", "policy"),
    [("", "full"), ("full", "full"), (" FULL ", "full"), ("masked", "masked"), ("mask", "masked"), ("fulll", "masked")],
)
def test_policy_that_is_not_understood_masks(text: str, policy: str) -> None:
    assert read_policy(text) is Privacy(policy)


@pytest.mark.parametrize(
    ("name", "value"), [("privacy", "some"), ("strict_figures", "maybe"), ("privacy", "full,masked")]
)
def test_options_refuse_what_is_not_understood(name: str, value: str) -> None:
    with pytest.raises(ChukysoError, match=rf"\[OPTION_INVALID\] Giá trị của {name.upper()}"):
        options(**{name: value})


def test_options_of_privacy_and_strictness() -> None:
    assert (options().privacy, options().strict_figures) == (Privacy.FULL, False)
    found = options(privacy="Masked", strict_figures="true")
    assert (found.privacy, found.strict_figures) == (Privacy.MASKED, True)


def options(**given: str):  # type: ignore[no-untyped-def]
    return check_options(load_profile("sandbox"), **given)


def test_masked_run_needs_to_know_what_is_personal() -> None:
    assert load_profile("sandbox").personal_selectors()
    with pytest.raises(ChukysoError, match=r"PROFILE_INCOMPLETE.*personal\.email"):
        load_profile("bhxh").personal_selectors()
    with pytest.raises(ChukysoError, match=r"PROFILE_INCOMPLETE.*personal"):
        replace(load_profile("sandbox"), personal={}).personal_selectors()


def test_layout_below_what_does_not_count_may_differ() -> None:
    regions = (Region("rows 0", (0, 800, 90, 20), inside=False),)
    wanted = reference(regions=regions, until=700.0)
    taller = replace(MEASUREMENT, regions=(replace(regions[0], box=(0, 800, 90, 200)),), until=700.0)
    assert not why_not_comparable(wanted, taller, True)
    assert why_not_comparable(wanted, replace(taller, until=None), True) == "other-layout"
