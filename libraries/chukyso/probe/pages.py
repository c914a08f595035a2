"""Which pages of a portal are public: the table of what a probe opens and looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from chukyso.portal.profile import Profile

CAPTCHA_PICTURE: Final = "login.captcha_picture"
PageName = Literal["home", "login"]


@dataclass(frozen=True)
class PublicPage:
    """A page or dialog that needs no login.

    Attributes:
        name: Its table of locators in the profile.
        title: What people call it, Vietnamese.
        opened_by: ``page.element`` that is pressed to open it; "" for the page at the portal's address.
        root: ``page.element`` whose texts are the page's; "" for the whole page.
    """

    name: PageName
    title: str
    opened_by: str
    root: str


PUBLIC_PAGES: Final = (
    PublicPage("home", "Trang chủ", opened_by="", root=""),
    PublicPage("login", "Hộp đăng nhập", opened_by="home.login", root="login.dialog"),
)


def public_page(name: PageName) -> PublicPage:
    """The page with this name.

    Raises:
        KeyError: There is none.
    """
    for page in PUBLIC_PAGES:
        if page.name == name:
            return page
    raise KeyError(name)


def elements_of(page: PublicPage, profile: Profile) -> dict[str, str]:
    """Selectors by ``page.element`` of all that the profile knows on a page.

    Unknown ones (``?``) are left out: see ``unknown_of``.
    """
    return {key: profile.locators[key] for key in _all(page, profile) if profile.knows(key)}


def unknown_of(page: PublicPage, profile: Profile) -> list[str]:
    """The elements of a page whose selectors the profile does not know."""
    return [key for key in _all(page, profile) if not profile.knows(key)]


def _all(page: PublicPage, profile: Profile) -> list[str]:
    return [key for key in profile.locators if key.startswith(f"{page.name}.")]
