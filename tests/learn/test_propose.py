"""Locators proposed for what a scripted person points at in pages of very different designs, in a real Chromium.

A proposal is judged by what it does: after the page was drawn again, with other data and other generated ids, it must
match the element that was meant and nothing else. How it is spelt is asserted nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from Browser import Browser
from Browser.utils.data_types import MouseButtonAction, SelectionType

from chukyso.browser import can_sandbox_processes, find_browser
from chukyso.learn.course import answer_to
from chukyso.learn.description import Pointed
from chukyso.learn.outline import outline
from chukyso.learn.personal import FixedText
from chukyso.learn.propose import Proposal, propose
from chukyso.learn.target import Purpose, Target, target_of
from chukyso.learn.watching import Watch
from chukyso.portal.keys import LOCATORS
from chukyso.portal.kinds import CSS, SELECTOR
from PortalLibrary.learning import OpenPage
from support.paths import ROOT

pytestmark = pytest.mark.slow
PAGES = ROOT / "tests" / "data" / "learn"
_CENTRE = """(html, name) => {
    const one = window.place[name](), box = one.getBoundingClientRect();
    let x = box.x + box.width / 2, y = box.y + box.height / 2;
    for (let view = one.ownerDocument.defaultView; view !== window; view = view.parent) {
        const frame = view.frameElement.getBoundingClientRect();
        x += frame.x + view.frameElement.clientLeft; y += frame.y + view.frameElement.clientTop;
    }
    return [x, y];
}"""
_SAME = """(element, name) => {
    const place = (window.top.place || window.place)[name]();
    const nested = place.contains(element) || element.contains(place);
    return element === place || (nested && element.innerText === place.innerText);
}"""


@dataclass
class Person:
    """Points at something in a page, as people do: with the mouse."""

    browser: Browser
    page: OpenPage

    def open(self, name: str) -> None:
        self.browser.go_to((PAGES / f"{name}.html").as_uri())
        self.wait("document.readyState === 'complete'")

    def wait(self, condition: str) -> None:
        self.browser.wait_for_function(f"() => {condition}")

    def point(self, name: str, purpose: Purpose, *, hold: bool = True, over: str = "") -> Pointed:
        watch = Watch(self.page, purpose, hold=hold)
        watch.begin()
        for place in filter(None, (over, name)):
            x, y = self.look("html", _CENTRE, place)
            self.browser.mouse_move(x, y)
        self.browser.mouse_button(MouseButtonAction.click, x, y)
        pointed = watch.poll()
        assert pointed is not None
        assert watch.poll() is None
        watch.end()
        return pointed

    def look(self, selector: str, script: str, argument: object = None) -> Any:
        return self.page.run(selector, script, argument)

    def redraw(self) -> None:
        self.look("html", "(html) => window.redraw()")
        self.wait("Object.values(window.place).every((one) => { try { return one(); } catch { return false; } })")

    def is_it(self, selector: str, name: str) -> bool:
        return self.page.count(selector) == 1 and bool(self.look(selector, _SAME, name))

    def learn(self, page: str, name: str, target: Target, **options: Any) -> Proposal:
        """Open a page, point, get what is proposed, and have the page drawn again."""
        self.open(page)
        pointed = self.point(name, target.purpose, **options)
        proposal = self.judged(propose(self.page, pointed, target))
        self.redraw()
        return proposal

    def judged(self, proposal: Proposal) -> Proposal:
        """What is proposed can be kept in a profile, and nothing of it is about somebody."""
        for one in proposal.good:
            assert nothing_personal(one.selector, self.look("html", "() => window.personal()")), one
            target = proposal.target
            assert target.kind.read(one.selector) == one.selector
        return proposal


def nothing_personal(selector: str, personal: list[str]) -> bool:
    no_number = re.search(r"[0-9]{3}", selector.replace("[0-9]", "")) is None
    return no_number and not any(one.casefold() in selector.casefold() for one in personal)


@pytest.fixture(scope="module")
def person() -> Iterator[Person]:
    browser = Browser()
    browser.new_browser(headless=True, executablePath=str(find_browser()), chromiumSandbox=can_sandbox_processes())
    browser.new_context(viewport={"width": 1000, "height": 900})
    browser.new_page()
    yield Person(browser, OpenPage(browser))
    browser.close_browser(SelectionType.ALL)


def read(within: str = "") -> Target:
    return Target("", Purpose.READ, SELECTOR, within)


FRAME = Target("", Purpose.FRAME, SELECTOR)
GOOD = [
    ("material", "homeLogin", target_of("home.login")),
    ("material", "organisation", target_of("login.organisation")),
    ("material", "username", target_of("login.username")),
    ("material", "password", target_of("login.password")),
    ("material", "email", target_of("form.email")),
    ("material", "commitment", target_of("form.commitment")),
    ("material", "submit", target_of("login.submit")),
    ("material", "account", target_of("account.menu")),
    ("material", "taxCode", target_of("account.tax_code")),
    ("material", "notices", target_of("home.login")),
    ("material", "serialOld", read()),
    ("material", "serialNew", read()),
    ("tables", "oldSerial", read()),
    ("tables", "newSerial", read()),
    ("tables", "newTo", read()),
    ("tables", "email", target_of("form.email")),
    ("tables", "phone", target_of("form.phone")),
    ("tables", "unit", target_of("account.unit")),
    ("tables", "taxCode", target_of("account.tax_code")),
    ("tables", "contact", read()),
    ("tables", "file", read()),
    ("tables", "register", target_of("form.register")),
    ("lists", "change", target_of("account.change_information")),
    ("lists", "menu", target_of("home.login")),
    ("lists", "oldSerial", read()),
    ("lists", "newOwner", read()),
    ("lists", "newTo", read()),
    ("lists", "email", target_of("form.email")),
    ("lists", "phone", target_of("form.phone")),
    ("lists", "agree", target_of("form.commitment")),
    ("lists", "transaction", read()),
    ("lists", "close", target_of("result.close")),
    ("lists", "register", target_of("form.register")),
    ("lists", "errorText", target_of("toast.text")),
    ("boxes", "accept", target_of("form.commitment")),
    ("boxes", "inCell", target_of("form.commitment")),
    ("boxes", "organisation", target_of("login.organisation")),
    ("frames", "username", target_of("login.username")),
    ("frames", "submit", target_of("login.submit")),
    ("frames", "middle", target_of("login.submit")),
    ("shadow", "register", target_of("form.register")),
    ("shadow", "phone", target_of("form.phone")),
    ("shadow", "serial", read()),
]


@pytest.mark.parametrize(("page", "name", "target"), GOOD, ids=[f"{page}-{name}" for page, name, _ in GOOD])
def test_it_matches_the_same_in_the_page_of_somebody_else(person: Person, page: str, name: str, target: Target) -> None:
    proposal = person.learn(page, name, target)
    assert proposal.best, proposal.refused
    for one in proposal.good:
        assert person.is_it(one.selector, name), one
    assert person.look("html", "() => window.reacted") == 0


@pytest.mark.parametrize(
    ("page", "pointed", "found"),
    [
        ("material", "registeredTitle", "registered"),
        ("material", "newTitle", "new"),
        ("lists", "onRecordTitle", "onRecord"),
    ],
)
def test_the_frame_around_what_heads_it(person: Person, page: str, pointed: str, found: str) -> None:
    proposal = person.learn(page, pointed, FRAME)
    assert proposal.best, proposal.refused
    assert person.is_it(proposal.best.selector, found), proposal.best


@pytest.mark.parametrize(
    ("page", "name", "target"),
    [
        ("lists", "errorText", target_of("toast.error")),
        ("lists", "noticeText", target_of("result.notice")),
    ],
)
def test_css_where_the_profile_asks_for_it(person: Person, page: str, name: str, target: Target) -> None:
    """The page's own engine takes it, and the frame that it matches holds what was pointed at."""
    assert target.kind is CSS
    proposal = person.learn(page, name, target)
    assert proposal.best, proposal.refused
    script = """(html, [css, name]) => { const found = document.querySelectorAll(css);
        return [found.length, found[0].contains(window.place[name]())]; }"""
    for one in proposal.good:
        assert person.look("html", script, [one.selector, name]) == [1, True], one


def test_where_only_a_label_tells_it_there_is_no_css(person: Person) -> None:
    target = target_of("certificate.serial")
    proposal = person.learn("lists", "oldSerial", target)
    assert proposal.best is None
    assert any("takes CSS here only" in one.reason for one in proposal.refused)
    assert "CSS" in answer_to(proposal)


def test_within_a_place_that_is_known(person: Person) -> None:
    """In two equal boxes the same locator is right, once the box is known."""
    box = person.learn("material", "newTitle", FRAME).best
    assert box is not None
    person.open("material")
    pointed = person.point("serialNew", Purpose.READ)
    proposal = person.judged(propose(person.page, pointed, read(box.selector), redraw=person.redraw))
    assert proposal.best, proposal.refused
    assert person.is_it(f"{box.selector} >> {proposal.best.selector}", "serialNew")


@pytest.mark.parametrize("name", ["icon", "person", "value"])
def test_where_nothing_is_fixed_it_says_so(person: Person, name: str) -> None:
    proposal = person.learn("bare", name, target_of("home.login"))
    assert proposal.best is None
    assert proposal.refused
    told = " ".join(f"{one.what} {one.reason}" for one in proposal.refused)
    assert nothing_personal(told, person.look("html", "() => window.personal()"))


def test_a_text_of_a_page_that_spells_its_letters_apart(person: Person) -> None:
    """A profile holds composed letters only: a locator that would not match so is not proposed."""
    person.open("bare")
    script = """(html) => { const said = document.querySelector("span");
        said.textContent = said.textContent.normalize("NFD"); }"""
    person.look("html", script)
    pointed = person.point("composed", Purpose.READ)
    assert propose(person.page, pointed, read()).best is None
    person.redraw()
    pointed = person.point("composed", Purpose.READ)
    assert propose(person.page, pointed, read()).best is not None


@pytest.mark.parametrize("name", ["change", "logOut"])
def test_an_item_of_a_menu_that_opens_under_the_mouse(person: Person, name: str) -> None:
    person.open("hover")
    pointed = person.point(name, Purpose.PRESS, over="menu")
    target = target_of("account.change_information")
    proposal = person.judged(propose(person.page, pointed, target))
    assert proposal.best, proposal.refused
    person.redraw()
    person.browser.mouse_move(*person.look("html", _CENTRE, "menu"))
    assert person.is_it(proposal.best.selector, name), proposal.best


def test_a_menu_that_only_a_number_names_has_no_locator_of_that(person: Person) -> None:
    proposal = person.learn("hover", "menu", Target("", Purpose.PRESS, SELECTOR))
    assert all("0101" not in one.selector for one in proposal.good)


def test_the_values_of_the_account_that_is_open_are_known(person: Person) -> None:
    """What no pattern tells from a page's own words is told by whoever knows the account."""
    person.open("lists")
    person.look("html", "(html) => { document.querySelector('nav a').textContent = 'Sunshine Bakery'; }")
    script = "(html) => { window.place.company = () => document.querySelector('nav a'); }"
    person.look("html", script)
    pointed = person.point("company", Purpose.PRESS)
    target = target_of("account.menu")
    naive = propose(person.page, pointed, Target("", Purpose.PRESS, SELECTOR))
    assert any("Sunshine" in one.selector for one in naive.good)
    knowing = propose(person.page, pointed, Target("", Purpose.PRESS, SELECTOR), FixedText(["SUNSHINE BAKERY"]))
    assert not any("Sunshine" in one.selector for one in knowing.good)
    assert target.css_only


def test_what_changes_its_meaning_when_the_page_is_drawn_again_is_refused(person: Person) -> None:
    person.open("lists")
    script = """(html) => { window.redraw = () => { const [first, second] = document.querySelectorAll("dt");
        first.firstChild.data = "Owner"; second.firstChild.data = "Serial number"; };
        document.querySelector("dd").dataset.field = "serial"; }"""
    person.look("html", script)
    pointed = person.point("oldSerial", Purpose.READ)
    proposal = propose(person.page, pointed, read(), redraw=person.redraw)
    assert any(one.reason.startswith("after the page was drawn again") for one in proposal.refused), proposal


def test_a_person_may_also_go_on_working_while_being_watched(person: Person) -> None:
    person.open("tables")
    pointed = person.point("register", Purpose.PRESS, hold=False)
    assert person.look("html", "() => window.reacted") == 1
    proposal = propose(person.page, pointed, target_of("form.register"))
    assert proposal.best
    assert person.is_it(proposal.best.selector, "register")
    x, y = person.look("html", _CENTRE, "register")
    person.browser.mouse_button(MouseButtonAction.click, x, y)  # nobody watches any more
    assert person.look("html", "() => window.reacted") == 2


def test_a_click_of_the_page_itself_is_no_persons(person: Person) -> None:
    person.open("tables")
    watch = Watch(person.page, Purpose.PRESS)
    watch.begin()
    person.look("html", "() => window.place.register().click()")
    assert watch.poll() is None
    assert person.look("html", "() => window.reacted") == 1
    watch.end()


def test_values_of_fields_never_leave_the_page(person: Person) -> None:
    person.open("material")
    for name in ("username", "email"):
        pointed = person.point(name, Purpose.FILL)
        assert not re.search(r"0101234565|ketoan", repr(pointed.path[0]))


def test_every_element_of_a_profile_has_a_purpose() -> None:
    for key in LOCATORS:
        assert target_of(key.name.removeprefix("locators.")).key == key.name


def test_one_match_that_is_another_element_is_refused(person: Person) -> None:
    """The driver does not count what is hidden from assistive technology: the twin of the element is its only match."""
    person.open("bare")
    script = """(html) => { const one = "<button>Gửi</button>";
        document.body.innerHTML = `${one}<p aria-hidden=true>${one}</p>`;
        window.place = { twin: () => document.querySelectorAll("button")[1] }; }"""
    person.look("html", script)
    proposal = propose(person.page, person.point("twin", Purpose.PRESS), target_of("form.register"))
    assert proposal.best is None
    assert "it matches another element" in [one.reason for one in proposal.refused]


@pytest.mark.parametrize("name", ["material", "tables", "lists", "frames", "shadow"])
def test_the_outline_of_a_page_says_how_it_is_built_and_nothing_about_somebody(person: Person, name: str) -> None:
    person.open(name)
    person.wait("Object.values(window.place).every((one) => { try { return one(); } catch { return false; } })")
    told = outline(person.page, FixedText())
    for personal in person.look("html", "() => window.personal()"):
        assert len(personal) < 6 or personal.casefold() not in told.casefold(), (personal, told)
    kept = {
        "material": ("“Chứng thư số mới”", 'formcontrolname="password"', "mat-dialog-container [dialog]"),
        "tables": ("th [columnheader] “Số chứng thư”", "“Thư điện tử:”", "input [textbox]"),
        "lists": ("dt “Serial number”", "dialog [dialog]", "dd …"),
        "frames": ("# frame", "button [button]", "“Tiếp tục”"),
        "shadow": ("(shadow root)", "“Đăng ký”", "x-card"),
    }[name]
    for one in kept:
        assert one in told, (one, told)
