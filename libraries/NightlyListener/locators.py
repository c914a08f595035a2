"""Finds what on the page is most like an element that was not found, such as a renamed button."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.portal.profile import Profile

if TYPE_CHECKING:
    from Browser import Browser

_ALIKE: Final = 0.5  # of difflib's ratio: below it is chance
_MISSING: Final = re.compile(
    rf"\[{Code.PORTAL_CHANGED.name}\] "
    + re.escape(Code.PORTAL_CHANGED.value.happened).replace(r"\{what\}", r"([\w.]+)")
)
# Every visible element, spelled in the ways in which profiles name elements; no value that somebody typed.
_SPELLINGS: Final = """() => {
    const roles = { A: "link", BUTTON: "button", DIALOG: "dialog", SELECT: "combobox", TEXTAREA: "textbox" };
    const inputs = { checkbox: "checkbox", radio: "radio", submit: "button", button: "button" };
    const found = new Set();
    for (const one of document.body.querySelectorAll("*")) {
        if (!one.checkVisibility()) continue;
        const role = one.getAttribute("role") ?? roles[one.tagName]
            ?? (one.tagName === "INPUT" ? inputs[one.type] ?? "textbox" : null);
        const name = (one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent).trim();
        if (role && name && name.length <= 100) found.add(`role=${role}[name="${name.replace(/\\s+/g, " ")}"]`);
        if (one.id) found.add(`#${one.id}`);
        for (const each of one.classList) found.add(`.${each}`);
        if (one.localName.includes("-")) found.add(one.localName);
        for (const { name, value } of one.attributes)
            if (/^(data-(?!csrf).*|formcontrolname|name|alt)$/.test(name) && value.length <= 60)
                found.add(`[${name}="${value}"]`);
    }
    return [...found].slice(0, 3000);
}"""


def missing_element(message: str) -> str:
    """The name of the element that a message says was not found, as the profile has it; or ""."""
    found = _MISSING.search(message)
    return found[1] if found else ""


def describe_missing(element: str, profile: Profile, browser: Browser) -> bytes:
    """JSON of ``element``, its ``locator`` and the ``nearest`` thing on the page, "" when nothing is like it."""
    try:
        locator = profile.locator(element)
    except ChukysoError:  # the profile's own fault, told by its own code
        locator = ""
    spellings: Any = browser.evaluate_javascript(None, _SPELLINGS)
    facts = {"element": element, "locator": locator, "nearest": nearest(locator, spellings)}
    return json.dumps(facts, ensure_ascii=False, indent=1).encode()


def nearest(locator: str, spellings: Sequence[str]) -> str:
    """The spelling that is most like the last step of a locator, or ""."""
    step = locator.rsplit(" >> ", 1)[-1]
    last = step if step.startswith("role=") else step.rsplit(" ", 1)[-1]  # of a CSS selector the element itself
    return next(iter(difflib.get_close_matches(last, spellings, n=1, cutoff=_ALIKE)), "")
