"""What a probe is made of: TLS, texts, comparison, the last good probe, the changed layouts, and that it only looks."""

from __future__ import annotations

import json
import re
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.nightly.runner import ONCE
from chukyso.portal.profile import load_profile
from chukyso.probe.compare import MOST_PER_PART, compare
from chukyso.probe.last_good import last_good_file, read_last_good, result_directory, write_probe
from chukyso.probe.model import Change, Found, Probe, Traffic
from chukyso.probe.pages import PUBLIC_PAGES, elements_of, unknown_of
from chukyso.probe.recorder import ProbeRecorder
from chukyso.probe.report import render_page, verdict_of
from chukyso.probe.texts import MOST_LINES, normalised
from chukyso.probe.tls import check_tls
from chukyso.sandbox.portal.layouts import CHANGES
from chukyso.sandbox.portal.model import Layout
from chukyso.state import state_directory
from robot import running
from support.paths import ROOT, TESTS
from support.probe import PROBE, TLS, nobody, place, roots, server_context, silent_place

pytestmark = pytest.mark.usefixtures("loopback_only")


# TLS


def test_a_good_certificate_is_told_without_a_request(tmp_path: Path) -> None:
    with place(server_context(tmp_path)) as portal:
        facts = check_tls(portal.url, seconds=30, roots=roots(tmp_path))
        assert (portal.connections, portal.asked) == (1, [])
    assert facts is not None
    assert (facts.subject, facts.issuer) == ("127.0.0.1", "Sandbox TLS Root CA")
    assert facts.chain == ("127.0.0.1", "Sandbox TLS Root CA")
    assert facts.version.startswith("TLSv1.")
    assert facts.not_after > facts.not_before


@pytest.mark.parametrize(
    ("certificate", "known", "reason"),
    [
        ({"ends": -1}, True, "đã hết hạn"),
        ({"starts": 1}, True, "chưa tới hạn"),
        ({"name": "portal.example"}, True, "không dành cho địa chỉ này"),
        ({}, False, "tổ chức nào cấp"),
    ],
)
def test_a_bad_certificate_has_its_reason(
    tmp_path: Path, certificate: dict[str, int], known: bool, reason: str
) -> None:
    with place(server_context(tmp_path, **certificate)) as portal, pytest.raises(ChukysoError) as caught:  # type: ignore[arg-type]
        check_tls(portal.url, seconds=30, roots=roots(tmp_path) if known else None)
    assert caught.value.code is Code.PORTAL_TLS
    assert reason in str(caught.value)


def test_another_certificate_than_last_time_is_a_change(tmp_path: Path) -> None:
    seen = []
    for ends in (90, 91):
        with place(server_context(tmp_path, ends=ends)) as portal:
            seen.append(check_tls(portal.url, seconds=30, roots=roots(tmp_path)))
    first, second = (replace(PROBE, tls=facts) for facts in seen)
    (change,) = compare(second, first)
    assert change.what == "Chứng thư số TLS của cổng"
    assert change.before != change.after
    assert compare(first, first) == ()


def test_no_tls_and_nobody_have_their_codes() -> None:
    with place() as portal:
        assert check_tls(portal.url, seconds=30) is None
        assert portal.connections == 0
        with pytest.raises(ChukysoError, match="PORTAL_TLS"):
            check_tls(portal.url.replace("http:", "https:"), seconds=30)
    with pytest.raises(ChukysoError, match="PORTAL_UNREACHABLE"):
        check_tls(nobody().replace("http:", "https:"), seconds=30)
    with silent_place() as silent, pytest.raises(ChukysoError, match="PORTAL_TIMEOUT"):
        check_tls(silent.replace("http:", "https:"), seconds=0.3)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_protocol_is_refused(tmp_path: Path) -> None:
    context = server_context(tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with place(context) as portal, pytest.raises(ChukysoError, match="PORTAL_TLS"):
        check_tls(portal.url, seconds=30, roots=roots(tmp_path))


# Texts


def test_texts_change_only_with_the_page() -> None:
    decomposed = "Tra\u0323ng chu\u0309"
    assert normalised([f"  {decomposed} \u200b\n\n  Dịch   vụ "]) == ("Trạng chủ", "Dịch vụ")
    assert normalised(["Hôm nay 22/11/2026, 08:15", "12.345"]) == normalised(["Hôm nay 1/2/2027, 9:05:11", "99 871"])
    assert normalised(["Gọi 1900 9068"]) != normalised(["Gọi 1900 9069"])
    assert len(normalised(["dòng\n" * 10_000])) == MOST_LINES
    assert max(map(len, normalised(["x" * 100_000]))) == 300


# Comparison


def changed(**fields: object) -> list[Change]:
    return list(compare(replace(PROBE, **fields), PROBE))  # type: ignore[arg-type]


def test_the_same_is_no_change() -> None:
    assert changed(started="2026-11-23T15:00:00+00:00", seconds=9.0, traffic=Traffic(40, 80)) == []


def test_texts_side_by_side() -> None:
    assert changed(texts={"home": ("Cổng", "Bảo trì"), "login": ("Mật khẩu",)}) == [
        Change("Trang chủ: chữ trên trang", "Thông báo", "Bảo trì")
    ]
    assert changed(texts={"home": ("Cổng", "Thông báo"), "login": ("Mật khẩu", "VNeID")}) == [
        Change("Hộp đăng nhập: chữ trên trang", "(không có)", "VNeID")
    ]
    assert changed(texts={"home": ("Thông báo", "Cổng"), "login": ("Mật khẩu",)}) == [], "only moved"


def test_a_bundle_is_compared_with_its_successor() -> None:
    (change,) = changed(scripts={"/main.99aa88bb77.js": "33" * 32, "/polyfills.js": "22" * 32})
    assert change.what == "Tệp mã /main.*.js"
    assert "main.3f2a9c1b77.js (SHA-256 1111111111111111…)" in change.before
    assert "main.99aa88bb77.js (SHA-256 3333333333333333…)" in change.after
    (gone,) = changed(scripts={"/main.3f2a9c1b77.js": "11" * 32})
    assert (gone.what, gone.after) == ("Tệp mã /polyfills.js", "(không có)")


def test_headers_address_issuer_and_elements() -> None:
    assert changed(headers={}) == [Change("Tiêu đề bảo mật x-frame-options", "DENY", "(không có)")]
    assert changed(final_address="/new/") == [Change("Địa chỉ mà cổng dẫn tới", "/", "/new/")]
    assert [change.what for change in changed(tls=replace(TLS, issuer="CA 2"))] == ["Tổ chức cấp chứng thư số TLS"]
    assert changed(elements={"home.login": Found.MISSING, "login.dialog": Found.NOT_LOOKED}) == [
        Change("Phần tử home.login", "thấy", "không thấy")
    ]


def test_a_line_that_is_there_twice_and_goes_once_is_told() -> None:
    before = replace(PROBE, texts={"home": ("Đăng nhập", "Cổng", "Đăng nhập")})
    (change,) = compare(replace(PROBE, texts={"home": ("Truy cập", "Cổng", "Đăng nhập")}), before)
    assert (change.before, change.after) == ("Đăng nhập", "Truy cập")


def test_what_was_not_seen_is_no_change() -> None:
    lost = replace(PROBE, tls=None, final_address="", status=0, headers={}, texts={}, scripts={})
    recorder = ProbeRecorder(load_profile("sandbox"), "http://127.0.0.1:9", 80)
    recorder.add_problem(ChukysoError(Code.PORTAL_UNREACHABLE, url="x"))
    assert compare(replace(lost, problems=recorder.probe.problems), PROBE) == ()


def test_another_portal_is_one_change() -> None:
    assert changed(portal="https://other.example/", texts={}) == [
        Change("Địa chỉ cổng", "https://portal.example/", "https://other.example/")
    ]


def test_a_page_that_is_all_new_stays_readable() -> None:
    told = changed(texts={"home": tuple(f"mới {number}" for number in range(400)), "login": ("Mật khẩu",)})
    assert len(told) == MOST_PER_PART + 1
    assert told[-1].after.startswith("và 380 thay đổi khác")


# The last good probe


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_probe(tmp_path / "a" / "probe.json", PROBE)
    assert read_last_good(tmp_path / "a" / "probe.json") == (PROBE, "")


def test_there_is_none_yet(tmp_path: Path) -> None:
    assert read_last_good(tmp_path / "none.json") == (None, "")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"schema_version": 1}', b'{"schema_version": 9}', b"\xff\xfe"]
)
def test_a_file_that_is_no_probe_is_put_aside_and_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "probe-last-good.json"
    path.write_bytes(content)
    probe, note = read_last_good(path)
    assert probe is None
    assert "probe-last-good.json.unreadable" in note
    assert (tmp_path / "probe-last-good.json.unreadable").read_bytes() == content
    assert not path.exists()


def test_fields_of_the_wrong_kind_are_no_probe() -> None:
    data = json.loads(PROBE.to_json())
    for name in data.keys() - {"schema_version", "profile", "portal", "embedded", "started", "seconds"}:
        for value in (7, "x", [7]):
            if name in ("status", "final_address", "compared_with", "notes") or (name == "tls" and value == ""):
                continue
            with pytest.raises(ValueError, match="not a probe"):
                Probe.from_json(json.dumps({**data, name: value}))


def test_where_results_are_written(tmp_path: Path) -> None:
    assert last_good_file("real") == state_directory() / "probe" / "real" / "probe-last-good.json"
    assert last_good_file("real", tmp_path / "x.json") == tmp_path / "x.json"
    assert result_directory(tmp_path / "night" / "pabot_results" / "0") == tmp_path / "night"
    assert result_directory(tmp_path) == tmp_path


def test_a_state_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChukysoError, match="OUTPUT_NOT_WRITABLE"):
        write_probe(tmp_path / "file" / "probe.json", PROBE)


def test_strict_needs_a_difference(tmp_path: Path) -> None:
    recorder = ProbeRecorder(load_profile("sandbox"), "http://127.0.0.1:9", 80)
    same = recorder.conclude(recorder.probe, strict=True)
    assert same.good
    recorder = ProbeRecorder(load_profile("sandbox"), "http://127.0.0.1:9", 80)
    recorder.saw_texts("home", ["mới"])
    other = recorder.conclude(replace(same, texts={"home": ("cũ",)}), strict=True)
    assert [problem.code for problem in other.problems] == ["PROBE_DIFFERENT"]


# Pages, report, layouts


@pytest.mark.parametrize("profile", ["sandbox", "bhxh"])
def test_the_public_pages_are_in_every_profile(profile: str) -> None:
    """Read from the file only: nothing of the real portal's profile is contacted."""
    read = load_profile(profile)
    for page in PUBLIC_PAGES:
        known = elements_of(page, read)
        assert known
        assert not set(known) & set(unknown_of(page, read))
        assert not page.root or page.root in known
        assert not page.opened_by or page.opened_by in read.locators


@pytest.mark.parametrize(
    ("fields", "tone"),
    [
        ({}, "neutral"),
        ({"compared_with": PROBE.started}, "good"),
        ({"compared_with": PROBE.started, "changes": (Change("a", "b", "c"),)}, "warning"),
    ],
)
def test_the_page_says_what_matters_first(fields: dict[str, object], tone: str) -> None:
    probe = replace(PROBE, **fields)  # type: ignore[arg-type]
    assert verdict_of(probe).tone == tone
    assert f'class="verdict {tone}"' in render_page(probe)


def test_what_the_portal_says_is_no_markup_of_ours() -> None:
    evil = "<script>alert(1)</script>"
    probe = replace(
        PROBE,
        texts={"home": (evil,)},
        scripts={evil: evil},
        headers={"x": evil},
        final_address=evil,
        tls=replace(TLS, subject=evil),
        changes=(Change(evil, evil, evil),),
        traffic=Traffic(1, 80, (evil,), {evil: 1}),
    )
    assert "<script" not in render_page(probe)


@pytest.mark.parametrize("layout", Layout)
def test_every_layout_changes_what_is_there(layout: Layout) -> None:
    static = ROOT / "libraries" / "chukyso" / "sandbox" / "portal" / "static"
    for name, changes in CHANGES[layout].items():
        text = (static / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1
            assert old != new
    assert bool(CHANGES[layout]) is (layout is not Layout.USUAL)


def test_a_night_visits_the_portal_once() -> None:
    tasks = list(running.TestSuite.from_file_system(ROOT / "suites" / "portal-probe.robot").all_tests)
    assert tasks
    assert [task.name for task in tasks if ONCE not in task.tags] == []


def test_a_probe_has_no_keyword_that_types_or_sends() -> None:
    sources = [
        *(ROOT / "libraries" / "ProbeLibrary").glob("*.py"),
        *(ROOT / "libraries" / "chukyso" / "probe").glob("*.py"),
        ROOT / "resources" / "probe.resource",
        ROOT / "suites" / "portal-probe.robot",
    ]
    hands = re.compile(
        r"fill_|fill in|type_text|type text|keyboard|press_keys|check_checkbox|select_options|upload|submit\(", re.I
    )
    for source in sources:
        assert not hands.search(source.read_text(encoding="utf-8")), source
    keywords = (ROOT / "libraries" / "ProbeLibrary" / "keywords.py").read_text(encoding="utf-8")
    assert keywords.count("_page.press(") == 1, "the one that opens the dialog"


def test_no_test_of_probe_or_doctor_runs_the_real_portals_profile() -> None:
    for source in [*(TESTS / "probe").glob("test_*.py"), *(TESTS / "doctor").glob("test_*.py")]:
        text = source.read_text(encoding="utf-8")
        if source.name != Path(__file__).name:
            assert not re.search(r"""["']bhxh["']|PROFILE:bhxh""", text), source
        assert not re.search(r"https://dichvucong[^\"']*['\"]\s*\)", text), source
