"""What is to be learned: a key of the profile, and what a run does with the element."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chukyso.portal.keys import KEYS
from chukyso.portal.kinds import CSS, Kind


class Purpose(StrEnum):
    """What a run does with an element."""

    PRESS = "press"
    FILL = "fill"
    READ = "read"
    FRAME = "frame"
    WAIT = "wait"


@dataclass(frozen=True)
class Target:
    """What a locator is looked for.

    Attributes:
        key: The profile's key, such as ``locators.form.register``.
        purpose: What a run does with the element.
        kind: What the key's value must be.
        within: Selector of the place in which the run looks for it; "" for the whole page.
    """

    key: str
    purpose: Purpose
    kind: Kind
    within: str = ""

    @property
    def css_only(self) -> bool:
        return self.kind is CSS


def target_of(element: str, within: str = "") -> Target:
    """The target for ``page.element`` of the profile.

    Args:
        element: Such as ``form.register``.
        within: Selector of the place in which it is looked for.

    Raises:
        KeyError: No element is called that.
    """
    key = f"locators.{element}"
    return Target(key, _PURPOSES[element], KEYS[key].kind, within)


_PURPOSES: Final = {
    element: purpose
    for purpose, elements in {
        Purpose.PRESS: "home.login login.organisation login.submit units.rows units.submit account.menu"
        " account.change_information account.log_out form.commitment form.register result.close",
        Purpose.FILL: "login.username login.password login.captcha form.email form.phone",
        Purpose.READ: "login.captcha_picture account.tax_code account.unit certificate.serial certificate.owner"
        " certificate.tax_code certificate.issuer certificate.valid_from certificate.valid_to result.serial"
        " result.transaction result.recorded toast.text",
        Purpose.FRAME: "login.dialog units.dialog form.registered form.new result.notice toast.error",
        Purpose.WAIT: "form.ready form.new_ready",
    }.items()
    for element in elements.split()
}
