"""Changed layouts of the portal's pages, as after a rebuild: other words, other fields, other scripts.

Each layout is a short list of replacements in the portal's own files, applied while they are served. They are what a
probe has to notice; nobody can update a signature with some of them, as on a portal that was rebuilt.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from chukyso.sandbox.portal.model import Layout

_MOVED: Final = [
    ('formcontrolname: "password"', 'formcontrolname: "matKhau"'),
    ("user.element, password.element, captcha.element]", "captcha.element, user.element, password.element]"),
]

CHANGES: Final[dict[Layout, dict[str, list[tuple[str, str]]]]] = {
    Layout.USUAL: {},
    # Everything still works; a text and with it a script are others.
    Layout.REWORDED: {
        "home.js": [("Bảo trì định kỳ từ 22 giờ ngày thứ Bảy", "Bảo trì định kỳ từ 20 giờ ngày thứ Sáu")],
    },
    # The button has another name and the password's field another place and name.
    Layout.CHANGED: {
        "header.js": [('button("Đăng nhập",', 'button("Truy cập hệ thống",')],
        "login.js": _MOVED,
    },
    # The dialog opens, and the password's field has another name.
    Layout.MOVED_FIELD: {
        "login.js": _MOVED,
    },
    # The captcha's picture never comes.
    Layout.NO_CAPTCHA: {
        "login.js": [('fill(picture, h("img", { alt: "captcha", src: captcha.image }));', "fill(picture);")],
    },
}
"""Replacements by file for each layout; what is replaced occurs exactly once in the file."""


class Pages:
    """The portal's files in the layout of the moment.

    Args:
        directory: Where they are.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files = StaticFiles(directory=directory, check_dir=False)
        self.layout = Layout.USUAL

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file, as ASGI application."""
        name = str(scope["path"]).rpartition("/")[2]
        changes = CHANGES[self.layout].get(name)
        if not changes:
            await self._files(scope, receive, send)
            return
        text = (self._directory / name).read_text(encoding="utf-8")
        for old, new in changes:
            if text.count(old) != 1:
                raise ValueError(f"{name} has {text.count(old)} times {old!r}")
            text = text.replace(old, new)
        await Response(text, media_type="text/javascript")(scope, receive, send)
