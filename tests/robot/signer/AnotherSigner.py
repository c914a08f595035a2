"""A signer whose windows are no pages of the run's browser: read and pressed otherwise, drawn by another camera."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageDraw
from robot.api.deco import keyword, library
from robot.libraries.BuiltIn import BuiltIn

sys.path.insert(0, str(Path(__file__).parents[2]))

from chukyso.agent.core.config import AgentConfig
from chukyso.certificate import ShownCertificate
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.model.signing import WindowFacts
from chukyso.figures.taking import FigureOptions, View
from chukyso.portal.keys import SignerSettings
from chukyso.signer.agent import AgentSigner
from chukyso.signer.protocol import SigningWindow, WindowKind
from support.agent import Person

SIZE = (640, 400)
RED = (217, 4, 41)


class DrawnCamera:
    """Photographs a window of the desktop: here it draws one."""

    def __init__(self, title: str) -> None:
        self._title = title

    def shoot(self, path: Path, marks: Sequence[str], options: FigureOptions, *, full_page: bool) -> View:  # noqa: ARG002 - there is nothing to cover, and one size
        picture = Image.new("RGB", SIZE, "white")
        draw = ImageDraw.Draw(picture)
        for mark in marks:
            left, top, right, bottom = map(int, mark.split(","))
            draw.rectangle((left, top, right, bottom), outline=RED, width=3)
        picture.save(path, format="PNG")
        return View("", True, "", None, datetime.now(UTC))


class DesktopWindow:
    """See ``SigningWindow``."""

    accept_mark = "440,340,560,380"
    unseen: frozenset[str] = frozenset()

    def __init__(self, kind: WindowKind, person: Person, changed: Callable[[str], str]) -> None:
        self.kind = kind
        self.camera = DrawnCamera(kind.value)
        self._person = person
        self._changed = changed

    @property
    def facts(self) -> WindowFacts:
        return WindowFacts(self.kind.value, title="drawn")

    def open(self) -> None:
        self._person.look()

    def read(self) -> ShownCertificate:
        names = ("serial", "owner", "taxCode", "issuer", "validFrom", "validTo")
        assert len(names) == len(fields(ShownCertificate))
        return ShownCertificate(*(self._changed(self._person.field(name)) for name in names))

    def wait_for_pin(self) -> None:
        if "••••••••" not in self._person.look():
            raise ChukysoError(Code.ELEMENT_NOT_READY, what="pin")

    def accept(self) -> None:
        assert self._person.press("accept") == 204

    def cancel(self) -> None:
        assert self._person.press("cancel") == 204

    def close(self) -> None:
        pass


class OtherSigner(AgentSigner):
    """Our agent behind windows that are not shown by the run's browser."""

    changed: Callable[[str], str]

    def window(self, kind: WindowKind) -> SigningWindow:  # type: ignore[override]
        return DesktopWindow(kind, Person(self.address(kind)), self.changed)


@library(scope="GLOBAL")
class AnotherSigner:
    @keyword
    def start_another_signer(self, settings: SignerSettings, origin: str, shows: str = "as it is") -> str:
        session = BuiltIn().get_library_instance("TokenLibrary")._session
        config = AgentConfig(
            origins=(origin,),
            token_serial=session.token.serial,
            document_type=settings.document_type,
            place=settings.signature_place,
        )
        signer = OtherSigner(config, session.worker, None, print)
        signer.changed = (lambda text: text) if shows == "as it is" else (lambda _text: shows)
        address: str = session.start(signer)
        return address
