"""What the browser's driver says of a selector, as an error of the product."""

from __future__ import annotations

import json
import re
from typing import Final

from chukyso.errors import ChukysoError, Code
from chukyso.portal.keys import KEYS
from chukyso.portal.kinds import CSS
from chukyso.portal.profile import SAY_NOTHING, Profile
from chukyso.portal.selectors import parts_of
from PortalLibrary.run import Run

_INVALID = re.compile(r"Unknown engine|is not a valid|while parsing|Unknown attribute|InvalidSelectorError|SyntaxError")
_EVERYWHERE: Final = "css=html"
# What of these is no CSS: what the page says of it, else "".
_WHY_NO_CSS: Final = """(selectors) => selectors.map((selector) => {
    try { document.createDocumentFragment().querySelector(selector); } catch (error) { return error.message; }
    return "";
})"""


def check_locators(run: Run) -> None:
    """Have the engines of the open browser read every selector that the profile knows, on the active, empty page.

    Does nothing when it was this very profile that was read last.

    Raises:
        ChukysoError: ``PROFILE_INVALID``, naming all that no engine takes; ``BROWSER_FAILED``.
    """
    if run.checked == run.profile:
        return
    try:
        wrong = _refused_selectors(run, run.profile)
    except (AssertionError, ConnectionError) as error:
        raise ChukysoError(Code.BROWSER_FAILED, f"while it read selectors: {error}") from error
    if wrong:
        reason = f"trình duyệt không hiểu bộ định vị của {', '.join(wrong)}"
        detail = "; ".join(f"{name}: {why}" for name, why in wrong.items())
        raise ChukysoError(Code.PROFILE_INVALID, detail, profile=run.profile.name, reason=reason)
    run.checked = run.profile


def _refused_selectors(run: Run, profile: Profile) -> dict[str, str]:
    """What engines say against selectors, by key."""
    browser = run.browser
    known = {f"locators.{one}": selector for one, selector in profile.locators.items() if profile.knows(one)}
    css = {name: selector for name, selector in known.items() if KEYS[name].kind is CSS}
    css |= {f"personal.{name}": selector for name, selector in profile.personal.items() if selector not in SAY_NOTHING}
    answers = browser.evaluate_javascript(None, _WHY_NO_CSS, arg=list(css.values()))
    refused = _refused_parts(run, [part for selector in known.values() for part in parts_of(selector)])
    wrong = {name: why for name, why in zip(css, answers, strict=True) if why}
    wrong |= {name: refused[part] for name, selector in known.items() for part in parts_of(selector) if part in refused}
    return wrong


def _refused_parts(run: Run, parts: list[str]) -> dict[str, str]:
    """What engines say against parts of selectors. Each is asked for by itself: what is within nothing is not read."""
    if not _why_not(run, " >> ".join([_EVERYWHERE, *(f"internal:or={json.dumps(part)}" for part in parts)])):
        return {}  # the usual case: one question instead of thirty
    answers = {part: _why_not(run, part) for part in dict.fromkeys(parts)}
    return {part: why for part, why in answers.items() if why}


def _why_not(run: Run, selector: str) -> str:
    try:
        run.browser.get_element_count(selector)
    except AssertionError as error:
        if _INVALID.search(line := _first_line(error)):
            return line
        raise  # the browser is gone, or whatever else is no fault of the selector
    return ""


def _first_line(error: AssertionError) -> str:
    return str(error).partition("\n")[0]
