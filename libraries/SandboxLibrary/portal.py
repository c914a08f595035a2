"""Keywords behind the portal: captcha answers, faults, sessions, accounts."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword
from robot.api.types import Secret

from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import CertificateKind, ScenarioOptions
from chukyso.sandbox.portal.model import FaultKind, FaultWhere
from chukyso.token.model import PinState
from SandboxLibrary.process import Running


class PortalKeywords:
    """What no page can ask the portal for. An account is the sandbox's own unless its tax code is given."""

    def __init__(self, running: Running) -> None:
        self._running = running

    @keyword(tags=["Sandbox", "Getter"])
    def get_captcha_answer(self, image: str) -> str:
        """Return the answer to a captcha of the sandbox's portal.

        | Argument | Description |
        | --- | --- |
        | `image` | The captcha's picture as the page has it in `src`, a data URI. |

        Example:

        ```robotframework
        ${image} =    Get Attribute    img[alt="captcha"]    src
        ${answer} =    Get Captcha Answer    ${image}
        ```
        """
        return self._running.sandbox.control.captcha_answer(image)

    @keyword(tags=["Sandbox", "Setter"])
    def set_portal_fault(
        self, where: FaultWhere, kind: FaultKind, *, times: int = 1, tax_code: str | None = None
    ) -> None:
        """Let the account's next calls of the portal go wrong.

        | Argument | Description |
        | --- | --- |
        | `where` | Which call: log in, read the form, prepare the document, submit it. |
        | `kind` | What goes wrong. `DROP_AFTER` loses the answer after everything was stored. |
        | `times` | How many calls; 0 takes the fault back. |
        | `tax_code` | The account. |

        Example:

        ```robotframework
        Set Portal Fault    submit    drop-after
        Set Portal Fault    login    error-500    times=2
        ```
        """
        self._running.sandbox.control.fault(self._account(tax_code), where, kind, times)

    @keyword(tags=["Sandbox", "Setter"])
    def expire_portal_sessions(self, *, tax_code: str | None = None) -> int:
        """End the account's sessions on the portal and return how many there were.

        | Argument | Description |
        | --- | --- |
        | `tax_code` | The account. |

        Example:

        ```robotframework
        Expire Portal Sessions
        ```
        """
        return self._running.sandbox.control.expire_sessions(self._account(tax_code))

    @keyword(tags=["Sandbox", "Setter"])
    def lock_portal_account(self, *, locked: bool = True, tax_code: str | None = None) -> None:
        """Lock or unlock the account on the portal.

        | Argument | Description |
        | --- | --- |
        | `locked` | Whether it is locked from now on. |
        | `tax_code` | The account. |

        Example:

        ```robotframework
        Lock Portal Account
        ```
        """
        self._running.sandbox.control.lock_account(self._account(tax_code), locked=locked)

    @keyword(tags=["Sandbox"])
    def create_scenario(
        self,
        *certificates: CertificateKind,
        registered: CertificateKind = CertificateKind.REGISTERED,
        units: int = 1,
        token: bool = True,
        second_token: bool = False,
        pin_state: PinState = PinState.OK,
        locked: bool = False,
        password: Secret | None = None,
        pin: Secret | None = None,
    ) -> SandboxDetails:
        """Add an account with a token of its own to the sandbox and return its details.

        | Argument | Description |
        | --- | --- |
        | `certificates` | What the token holds; the registered and a new certificate by default. |
        | `registered` | Which kind the portal has registered. With `NEW` there is nothing left to do. |
        | `units` | How many units the account has. |
        | `token` | Whether there is a token at all. |
        | `second_token` | Whether another account's token is plugged in too. |
        | `pin_state` | What the token remembers of earlier tries. |
        | `locked` | Whether the account is locked on the portal. |
        | `password` | The account's password; random by default. |
        | `pin` | The token's PIN; random by default. |

        Example:

        ```robotframework
        ${account} =    Create Scenario    units=3
        ${account} =    Create Scenario    registered    expired
        ```
        """
        options = ScenarioOptions(
            certificates=certificates or ScenarioOptions().certificates,
            registered=registered,
            units=units,
            token=token,
            second_token=second_token,
            pin_state=pin_state,
            locked=locked,
            password=password.value if password is not None else None,
            pin=pin.value if pin is not None else None,
        )
        return self._running.sandbox.control.scenario(options)

    @keyword(tags=["Sandbox", "Setter"])
    def revoke_sandbox_certificate(self, serial: str) -> None:
        """Revoke a certificate that the sandbox's authority issued.

        | Argument | Description |
        | --- | --- |
        | `serial` | Its serial in hex. |

        Example:

        ```robotframework
        Revoke Sandbox Certificate    ${sandbox.new_serial}
        ```
        """
        self._running.sandbox.control.revoke(serial)

    @keyword(tags=["Sandbox", "Getter"])
    def get_account_state(self, *, tax_code: str | None = None) -> dict[str, Any]:
        """Return what the portal has stored for the account.

        The dictionary has `tax_code`, `registered_serial`, `email`, `phone`, `locked`, `history` (changes, oldest
        first) and `submissions` (their ids).

        | Argument | Description |
        | --- | --- |
        | `tax_code` | The account. |

        Example:

        ```robotframework
        ${state} =    Get Account State
        Should Be Equal    ${state}[registered_serial]    ${sandbox.new_serial}
        ```
        """
        return self._running.sandbox.control.account(self._account(tax_code))

    def _account(self, tax_code: str | None) -> str:
        return tax_code or self._running.sandbox.details.tax_code
