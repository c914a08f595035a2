"""What a run asks of whoever serves the page's request to sign, and how signers differ.

A run goes through these verbs in the guide's order and knows nothing else of a signer. Ours is the signing agent
(``signer.agent``); the portal's own client, with its native windows, is another one (docs/decisions/0026).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from chukyso.certificate import Certificate, ShownCertificate
from chukyso.errors import ChukysoError
from chukyso.evidence.model.signing import WindowFacts
from chukyso.figures.taking import Camera
from chukyso.portal.document import Expected
from chukyso.token.model import TokenCertificate, TokenInfo


class WindowKind(StrEnum):
    """The windows of step 3 of the guide: the certificate (figure 4), then the PIN (figure 5)."""

    CERTIFICATE = "certificate"
    PIN = "pin"


class SigningRequest(Protocol):
    """A request of the page to sign.

    Attributes:
        id: Name of the request.
        origin: Who asks, as the browser said.
        document: The document, XML; empty when the signer does not see it.
        document_type: Name of its root element.
        sha256: SHA-256 of the document, hex.
        certificate: The certificate that would sign.
        token: The token that carries it.
        received: When it came, UTC.
    """

    @property
    def id(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def document(self) -> bytes: ...
    @property
    def document_type(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def certificate(self) -> Certificate: ...
    @property
    def token(self) -> TokenInfo: ...
    @property
    def received(self) -> datetime: ...


class SignedDocument(Protocol):
    """A document that was signed and verified.

    Attributes:
        document: The signed XML.
        sha256: SHA-256 of it, hex.
        certificate: The certificate that signed.
        signing_time: The time inside the signature, UTC.
    """

    @property
    def document(self) -> bytes: ...
    @property
    def sha256(self) -> str: ...
    @property
    def certificate(self) -> Certificate: ...
    @property
    def signing_time(self) -> datetime: ...


class SigningWindow(Protocol):
    """A window of the signer, as far as a run uses it: read, accepted, cancelled, photographed.

    Every method raises ``ChukysoError``: what ended the request when it has ended, else what is wrong with the window.

    Attributes:
        kind: Which one it is.
        camera: What takes a figure of it; None: the camera of the run's browser does.
        accept_mark: The button to press, as the camera knows it.
        unseen: Fields of ``ShownCertificate`` that it is known not to show.
        facts: What the evidence says of it.
    """

    kind: WindowKind

    @property
    def camera(self) -> Camera | None: ...
    @property
    def unseen(self) -> frozenset[str]: ...
    @property
    def facts(self) -> WindowFacts: ...
    @property
    def accept_mark(self) -> str: ...

    def open(self) -> None:
        """Wait until it is there, and bring it before the camera."""

    def read(self) -> ShownCertificate:
        """Return the certificate that it shows, as it is written there."""

    def wait_for_pin(self) -> None:
        """Wait until it shows that a PIN is in it; how long the PIN is cannot be seen."""

    def accept(self) -> None:
        """Press the button to which the guide points: **OK**, **Chấp nhận**."""

    def cancel(self) -> None:
        """Press **Hủy**."""

    def close(self) -> None:
        """Leave it: the browser is again where it was before ``open``."""


class Pages(Protocol):
    """The browser of the run, for a signer whose windows are pages. Failures name the element by ``what``."""

    def open(self, address: str) -> None:
        """Open a page in a context of its own."""

    def close(self) -> None:
        """Close that context."""

    def wait_until_shown(self, selector: str, what: str) -> None:
        """Wait until an element is visible."""

    def press(self, selector: str, what: str) -> None:
        """Click an element."""

    def texts(self, selectors: Mapping[str, str]) -> list[str]:
        """The texts of elements, by their name: CSS selector."""


class Posts(Protocol):
    """What the page sends and says while a signer works that does not give the signed document back."""

    def watch(self) -> None:
        """Begin to look at what the page sends; what it sent before is not counted."""

    def signed_document(self) -> bytes | None:
        """The signed XML that the page has sent since, or None; raises nothing for what is no such document."""

    def error(self, *, submitted: bool) -> ChukysoError | None:
        """What the error message that the page shows now means, or None.

        Args:
            submitted: The last button was pressed: only what says that nothing was signed counts.
        """

    def meaning(self, text: str) -> ChukysoError:
        """What a text means that client or token show in a window of theirs."""


class Signer(Protocol):
    """Whoever serves the page's request to sign. One request at a time; methods raise ``ChukysoError``.

    Attributes:
        kind: Which one, as the evidence calls it.
        sees_document: The run reads the document before anybody consents.
        person_may_be_faster: A person presses the last button, and nothing holds it back until ``release``.
        log: What it refused or what failed, in English; never a secret.
    """

    kind: Literal["agent", "client"]
    sees_document: bool

    @property
    def person_may_be_faster(self) -> bool: ...
    @property
    def log(self) -> list[str]: ...

    def start(self) -> str:
        """Begin to serve the portal. Return what its page must be told to find it; "" when it needs to know nothing."""

    def stop(self) -> None:
        """End everything that ``start`` began, and the request under way."""

    def offer(self, certificate: TokenCertificate) -> None:
        """Consent that the page may have this certificate, once; no other may sign afterwards."""

    def wait_for_request(self, seconds: float) -> SigningRequest | None:
        """Return the page's next request, or None when there is none in so many seconds. The rest is about it."""

    def check(self, expected: Expected, document_type: str | None = None) -> None:
        """See that the request is what the run expects, as far as it can be seen; else refuse it and raise."""

    def approve(self) -> None:
        """Let the windows come, after the token was looked at once more."""

    def window(self, kind: WindowKind) -> SigningWindow:
        """One of the request's windows."""

    def enter_pin(self, pin: str | None) -> None:
        """Give the PIN for one login; None: a person gives it, and this returns when that is done or begun."""

    def release(self) -> None:
        """Let the last button work: ``submitting`` is on disk."""

    def result(self, seconds: float | None = None) -> SignedDocument:
        """Return the signed document, waiting for so many seconds, by default as long as the token may take."""

    def give_up(self) -> bool:
        """End the request. Return whether it is certain that nothing was signed, or ever will be."""
