"""What a person is asked for, in which order, and in which words."""

from __future__ import annotations

import unicodedata

import pytest

from chukyso.learn.candidates import Candidate, Refused
from chukyso.learn.course import Course, answer_to, page_of, question_for
from chukyso.learn.propose import Proposal
from chukyso.learn.target import Purpose, target_of
from chukyso.portal.declaring import UPDATE, Need
from chukyso.portal.locators import LOCATORS
from chukyso.portal.profile import load_profile

ELEMENTS = [key.name.removeprefix("locators.") for key in LOCATORS]


@pytest.fixture
def course() -> Course:
    return Course(load_profile("bhxh"), UPDATE)


def test_only_what_is_needed_and_unknown(course: Course) -> None:
    profile = load_profile("bhxh")
    assert "form.ready" in course.remaining
    assert not any(profile.knows(one) for one in course.remaining)
    assert not [one for one in course.remaining if one.startswith("units.")]
    assert course.untaught == ["certificate_windows", "pin_windows"]
    with_unit = Course(profile, UPDATE | {Need.UNIT})
    assert "units.dialog" in with_unit.remaining
    assert "locators.units.rows" in with_unit.untaught
    assert Course(load_profile("sandbox"), UPDATE).remaining == []


def test_page_by_page_and_a_frame_before_what_is_in_it(course: Course) -> None:
    assert course.next("home") is None
    first = course.next("account")
    assert first is not None
    assert (first.element, first.question) == ("account.log_out", "Bấm vào mục Đăng xuất.")
    asked = []
    while lesson := course.next("form"):
        asked.append(lesson.element)
        if lesson.element == "certificate.owner":
            course.skip(lesson.element)
        else:
            course.learned(lesson.element, f"#{lesson.element.replace('.', '-')}")
        if lesson.element.startswith("certificate."):
            assert lesson.target.within == "#form-registered"
    assert asked.index("form.registered") < asked.index("certificate.serial")
    assert course.skipped == ["certificate.owner"]
    assert {page_of(one) for one in course.remaining} == {"account", "result"}


def test_what_is_in_a_frame_is_not_asked_while_the_frame_is_unknown(course: Course) -> None:
    while lesson := course.next("form"):
        course.skip(lesson.element)
    assert not [one for one in course.skipped if one.startswith("certificate.")]
    assert "certificate.serial" in course.remaining


def test_one_that_fits_no_longer_is_asked_alone() -> None:
    course = Course(load_profile("sandbox"), UPDATE, only=["home.login"])
    lesson = course.next("home")
    assert lesson is not None
    assert (course.remaining, course.untaught, lesson.element) == (["home.login"], [], "home.login")
    with pytest.raises(KeyError):
        Course(load_profile("sandbox"), UPDATE, only=["home.logn"])


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_question_is_a_sentence_that_says_what_to_do(element: str) -> None:
    question = question_for(element)
    assert question == unicodedata.normalize("NFC", question)
    assert question.startswith(("Bấm vào ", "Chỉ (bấm) vào "))
    assert question.endswith(".")
    assert ".." not in question
    assert "{" not in question


@pytest.mark.parametrize(
    ("element", "question"),
    [
        ("home.login", "Bấm vào nút Đăng nhập của trang chủ."),
        ("login.username", "Bấm vào ô mã số thuế; chưa cần gõ gì."),
        ("account.tax_code", "Chỉ (bấm) vào chỗ hiện MST của tài khoản."),
        ("certificate.serial", "Chỉ (bấm) vào số chứng thư số, trong khung của chứng thư số đang đăng ký."),
        ("certificate.tax_code", "Chỉ (bấm) vào MST, trong khung của chứng thư số đang đăng ký."),
        ("form.ready", "Bấm vào một chỗ trên trang chỉ hiện khi biểu mẫu đã mở xong."),
    ],
)
def test_words(element: str, question: str) -> None:
    assert question_for(element) == question


def test_what_is_said_of_what_was_shown() -> None:
    press, css = target_of("home.login"), target_of("certificate.serial")
    good = Proposal(press, (Candidate("#a", "the attribute id", 24),), ())
    none = Proposal(press, (), (Refused("the attribute id", "it has a number"),))
    needs_css = Proposal(css, (), (Refused("td", "the profile takes CSS here only"),))
    assert [answer.split(".")[0] for answer in map(answer_to, (good, none, needs_css))] == [
        "Đã nhận ra",
        "Chưa có cách nào nhận ra chắc chắn chỗ này",
        "Chỗ này chỉ nhận ra được nhờ chữ bên cạnh, mà khóa này cần CSS",
    ]
    assert press.purpose is Purpose.PRESS
