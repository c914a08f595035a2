"""Whole runs with a profile that is wrong or lacks something: they stop before the portal is contacted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chukyso.sandbox.control_client import Control
from support.probe import profile_file
from support.run import Run

pytestmark = pytest.mark.slow
NOTICE = "notice = 'mat-dialog-container:has([data-result=\"serial\"])'"
UNITS = (
    ('dialog = "mat-dialog-container app-dialog-unit"', 'dialog = "?"'),
    ("rows = 'mat-dialog-container >> role=radio'", 'rows = "?"'),
)


def assert_nothing_was_done(sandbox: Any, tax_code: str, run: Run, before: object) -> None:
    assert Control(sandbox.details).account(tax_code) == before
    assert set(run.journal) <= {"started", "account", "run", "ended"}
    assert not run.manifest["figures"]


def test_what_the_profile_lacks_is_said_at_once_and_before_the_browser_opens(
    sandbox, account, run_update, tmp_path: Path
) -> None:
    profile = profile_file(
        tmp_path,
        "mine",
        (NOTICE, 'notice = "?"'),
        ('document_type = "ThayDoiChuKySo"', 'document_type = ""'),
        ('sender = "thongbao@bhxh.sandbox.example"', 'sender = "?"'),
        ("history_email = '.history td[data-label=\"Thư điện tử\"]'", 'history_email = "?"'),
        UNITS[0],
        base="sandbox",
    )
    details = account()
    before = Control(sandbox.details).account(details.tax_code)
    mailbox = "imaps://ketoan@mail.example?authserv=mx.example"
    more = {"UNIT_CODE": "TZ0001Z", "PRIVACY": "masked", "MAILBOX": mailbox}
    run = run_update(details, PROFILE=profile, env={"PATH": "/nowhere"}, **more)  # there is no browser to be opened
    run.ended("stopped", "PROFILE_INCOMPLETE")
    for part in (
        "signer.document_type (để ký và gửi)",
        "locators.units.dialog (để chọn đơn vị, khi có UNIT_CODE)",
        "locators.result.notice (để nhận kết quả)",
        "result_mail.sender (để nhận ra thư kết quả, khi có MAILBOX)",
        "personal.history_email (để che dữ liệu cá nhân, khi có PRIVACY:masked)",
    ):
        assert part in run.manifest["error"]["happened"]
        assert part in run.console
    assert_nothing_was_done(sandbox, details.tax_code, run, before)


@pytest.mark.nightly
def test_a_mistyped_name_stops_the_run_with_the_nearest_one(sandbox, account, run_update, tmp_path: Path) -> None:
    details = account()
    before = Control(sandbox.details).account(details.tax_code)
    profile = profile_file(tmp_path, "mine", ("register =", "regster ="), base="sandbox")
    run = run_update(details, PROFILE=profile, env={"PATH": "/nowhere"})
    run.ended("stopped", "PROFILE_INVALID")
    assert "có phải là “locators.form.register” không" in run.manifest["error"]["happened"]
    assert_nothing_was_done(sandbox, details.tax_code, run, before)


@pytest.mark.nightly
def test_selectors_that_no_engine_takes_are_found_before_the_portal_is_contacted(
    sandbox, account, run_update, tmp_path: Path
) -> None:
    """They look right: a pseudo-class that there is not, an attribute of roles that there is not, within something."""
    details = account()
    before = Control(sandbox.details).account(details.tax_code)
    profile = profile_file(
        tmp_path,
        "mine",
        (NOTICE, "notice = 'mat-dialog-container:hass([data-result=\"serial\"])'"),
        (
            "close = 'mat-dialog-container >> [aria-label=\"Close dialog\"]'",
            "close = 'body >> role=button[nmae=\"x\"]'",
        ),
        ("log_out = 'role=menuitem[name=\"Đăng xuất\"]'", "log_out = '//a['"),
        ("history_email = '.history td[data-label=\"Thư điện tử\"]'", "history_email = ':nth-child(x)'"),
        base="sandbox",
    )
    run = run_update(details, PROFILE=profile)
    run.ended("stopped", "PROFILE_INVALID")
    said = run.manifest["error"]["happened"]
    names = "locators.result.notice, personal.history_email, locators.account.log_out, locators.result.close"
    assert f"trình duyệt không hiểu bộ định vị của {names}" in said
    assert_nothing_was_done(sandbox, details.tax_code, run, before)


@pytest.mark.nightly
def test_a_dry_run_needs_neither_result_nor_units(account, run_update, tmp_path: Path) -> None:
    """Of an account with one unit: its dialog never comes, and nobody could say what it looks like."""
    lacking = (*UNITS, (NOTICE, 'notice = "?"'), ('unit = ".account-panel .account-unit"', 'unit = "?"'))
    run = run_update(account(), PROFILE=profile_file(tmp_path, "mine", *lacking, base="sandbox"), DRY_RUN=True)
    run.ended("dry-run")
    assert [figure["number"] for figure in run.manifest["figures"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("element", "written", "wrong"),
    [
        ("login.password", "password = '[formcontrolname=\"password\"]'", "password = '[formcontrolname]'"),
        pytest.param(
            "account.log_out",
            "log_out = 'role=menuitem[name=\"Đăng xuất\"]'",
            "log_out = 'role=menuitem'",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            "certificate.owner",
            "owner = '[data-field=\"owner\"]'",
            "owner = '[data-field]'",
            marks=pytest.mark.nightly,
        ),
    ],
    ids=["a secret is typed", "it is pressed", "the page's JavaScript reads it"],
)
def test_a_selector_that_matches_too_much_is_not_told_as_a_page_that_changed(
    account, run_update, tmp_path: Path, element: str, written: str, wrong: str
) -> None:
    profile = profile_file(tmp_path, "mine", (written, wrong), base="sandbox")
    run = run_update(account(), PROFILE=profile, DRY_RUN=True)
    run.ended("failed", "ELEMENT_AMBIGUOUS")
    assert f"“{element}” khớp " in run.manifest["error"]["happened"]
