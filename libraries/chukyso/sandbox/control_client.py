"""The parent's side of the control interface. Standard library only, so that importing it costs nothing."""

from __future__ import annotations

import base64
import dataclasses
import json
import urllib.error
import urllib.request
from typing import Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.mail_kinds import MailKind
from chukyso.sandbox.options import MailOptions, ScenarioOptions
from chukyso.sandbox.portal.model import FaultKind, FaultWhere, Layout, LoginWay, SigningWay
from chukyso.sandbox.signing_client.faults import ClientFault, Request

_SECONDS: Final = 60


class Control:
    """Asks a running sandbox for what no page can.

    Every method raises ``ChukysoError``: the code that the sandbox gave, or ``SANDBOX_FAILED``.

    Args:
        details: Of the sandbox.
    """

    def __init__(self, details: SandboxDetails) -> None:
        self._url = details.control_url
        self._secret = details.control_secret
        # A proxy in the environment is not for loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def details(self) -> SandboxDetails:
        """The account that was there from the start."""
        return SandboxDetails.from_dict(self._call("GET", "/details"))

    def captcha_answer(self, image: str) -> str:
        """The answer to a captcha.

        Args:
            image: The picture as the page shows it, a data URI.
        """
        return str(self._post("/captcha", image=image)["answer"])

    def fault(
        self,
        tax_code: str,
        where: FaultWhere | str,
        kind: FaultKind | str,
        times: int = 1,
        seconds: float | None = None,
    ) -> None:
        """Let the account's next ``times`` calls go wrong; 0 takes the fault back, of calls that ``slow`` holds, too.

        ``seconds``: how much later ``slow`` does what is asked for, whether or not somebody waits for the answer.
        """
        place, what = FaultWhere(where).value, FaultKind(kind).value
        self._post("/fault", tax_code=tax_code, where=place, kind=what, times=times, seconds=seconds)

    def accept_second(self, tax_code: str, *, accepted: bool = True) -> None:
        """Let the portal accept a document although the registration changed since it was prepared."""
        self._post("/accept-second", tax_code=tax_code, accepted=accepted)

    def expire_sessions(self, tax_code: str) -> int:
        """End the account's sessions; returns how many there were."""
        return int(self._post("/expire-sessions", tax_code=tax_code)["ended"])

    def lock_account(self, tax_code: str, *, locked: bool = True) -> None:
        """Lock or unlock the account on the portal."""
        self._post("/lock-account", tax_code=tax_code, locked=locked)

    def register(self, tax_code: str, serial: str) -> None:
        """Register a certificate of some scenario for the account, as if it were done in another session."""
        self._post("/register", tax_code=tax_code, serial=serial)

    def scenario(self, options: ScenarioOptions) -> SandboxDetails:
        """Add an account with a token of its own."""
        return SandboxDetails.from_dict(self._post("/scenario", **options.to_dict()))

    def account(self, tax_code: str) -> dict[str, Any]:
        """What the portal has stored for the account.

        Returns:
            ``tax_code``, ``registered_serial``, ``email``, ``phone``, ``locked``, ``history`` (changes, oldest
            first), ``submissions`` (their ids, for ``submission``) and ``faults`` (those that its calls have met,
            oldest first, as ``where kind``).
        """
        return self._call("GET", f"/account/{tax_code}")

    def submission(self, tax_code: str, change_id: str) -> bytes:
        """A signed document exactly as the portal received it."""
        return base64.b64decode(self._call("GET", f"/submission/{tax_code}/{change_id}")["document"])

    def revoke(self, serial: str) -> None:
        """Revoke a certificate."""
        self._post("/revoke", serial=serial)

    def agent_url(self, url: str | None) -> None:
        """Tell the portal's page where the signing agent is."""
        self._post("/agent-url", url=url)

    def layout(self, layout: Layout | str) -> None:
        """Change how the portal's pages look, for everybody, from the next request on."""
        self._post("/layout", layout=Layout(layout).value)

    def ways(self, *, signing: SigningWay | str | None = None, login: LoginWay | str | None = None) -> None:
        """Change how the portal's page signs and how one logs in, for everybody; None leaves it as it is."""
        ways = {
            "signing": SigningWay(signing).value if signing else None,
            "login": LoginWay(login).value if login else None,
        }
        self._post("/ways", **ways)

    def client_fault(
        self,
        tax_code: str,
        kind: ClientFault | str,
        *,
        on: Request | str | None = None,
        milliseconds: int | None = None,
    ) -> None:
        """Let the account's signing client go wrong from its next request on; ``none`` takes the fault back.

        Args:
            tax_code: The account, whose client was installed.
            kind: What goes wrong.
            on: The one request that it hits; None for those that it usually hits.
            milliseconds: How late a window is, or how long it stays.
        """
        request = Request(on).value if on else None
        self._post(
            "/client-fault", tax_code=tax_code, kind=ClientFault(kind).value, on=request, milliseconds=milliseconds
        )

    def mail_server(self, options: MailOptions | None) -> None:
        """Say where result mails of changes that are accepted from now on go; None sends none."""
        self._post("/mail-server", **(dataclasses.asdict(options) if options else {}))

    def mail(self, tax_code: str, kind: MailKind | str = MailKind.ACCEPTED, times: int = 1) -> None:
        """Send a mail about the account's last change, at once, however odd; returns when the SMTP server has it."""
        self._post("/mail", tax_code=tax_code, kind=MailKind(kind).value, times=times)

    def _post(self, path: str, **values: object) -> dict[str, Any]:
        return self._call("POST", path, json.dumps(values).encode())

    def _call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {"X-Sandbox-Secret": self._secret, "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, body, headers, method=method)  # noqa: S310 - always http
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise _refused(path, error) from None
        except (OSError, ValueError) as error:
            raise ChukysoError(
                Code.SANDBOX_FAILED, f"control {path}: {error}", reason="giao diện điều khiển không trả lời"
            ) from error


def _refused(path: str, error: urllib.error.HTTPError) -> ChukysoError:
    with error:
        text = error.read().decode(errors="replace")
    try:
        values = json.loads(text)
        detail, code, context = str(values["detail"]), str(values["code"]), dict(values["context"])
    except (ValueError, KeyError, TypeError):
        detail, code, context = text[:500], "", {}
    return known_error(code, f"control {path}: {error.code} {detail}", context)


def known_error(code: str, detail: str, context: dict[str, str]) -> ChukysoError:
    """The error that the sandbox's process named, or ``SANDBOX_FAILED`` when it named none."""
    if code in Code.__members__:
        return ChukysoError(Code[code], detail, **context)
    return ChukysoError(Code.SANDBOX_FAILED, detail, reason="giao diện điều khiển từ chối")
