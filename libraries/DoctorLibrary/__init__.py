"""Robot Framework library for `suites/doctor.robot`: checks whether everything that a run needs is here."""

from __future__ import annotations

from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword

from chukyso.doctor.ask import ask
from chukyso.doctor.examine import check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Level, Question
from chukyso.doctor.references import PASSWORD_REFERENCE, PIN_REFERENCE
from chukyso.errors import ChukysoError, Code
from chukyso.portal.names import refuse_unknown
from ChukysoKeywords import ChukysoKeywords, given_path
from PortalLibrary.given import declared_variables, given_variables


class DoctorLibrary(ChukysoKeywords):
    """Keywords over the checks of `chukyso doctor`, see `docs/doctor.md`. They change nothing and ask for no PIN."""

    ROBOT_LIBRARY_SCOPE = "GLOBAL"
    ROBOT_LIBRARY_DOC_FORMAT = "MARKDOWN"

    def __init__(self, language: str = "") -> None:
        """Import the library.

        - ``language``: ``vi`` for keyword names and documentation in Vietnamese; the English names work, too.
        """
        super().__init__([DoctorKeywords()], language)


class DoctorKeywords:
    """One machine, looked at check by check."""

    def __init__(self) -> None:
        self._facts: Facts | None = None

    @keyword(tags=["Doctor"])
    def ask_doctor(
        self,
        profile: str,
        *,
        portal_url: str = "",
        tax_code: str = "",
        token_module: Path | None = None,
        token_serial: str = "",
        cert_serial: str = "",
        token_environment: dict[str, str] | None = None,
        portal_password: str = PASSWORD_REFERENCE,
        token_pin: str = PIN_REFERENCE,
        output: Path = Path("results"),
        agent_port: int = 0,
    ) -> Question:
        """Say what a run would be given, and return it checked. Nothing is looked at yet.

        - ``profile``: ``sandbox``, ``bhxh``, or the path of a profile file.
        - ``portal_url``: address of a sandbox that runs already; other profiles have their own.
        - ``tax_code``: the account; it need not be known.
        - ``token_module``: PKCS#11 module; when empty, the installed one that sees the token.
        - ``token_serial``: the token; when empty, the only one.
        - ``cert_serial``: the new certificate; when empty, the one that a run would choose.
        - ``token_environment``: variables that the module needs, such as ``SOFTHSM2_CONF``.
        - ``portal_password``: reference of the password, such as ``env:PORTAL_PASSWORD``; never the password.
        - ``token_pin``: reference of the PIN, such as ``env:TOKEN_PIN``; never the PIN.
        - ``output``: output directory of the run.
        - ``agent_port``: port of the signing agent; 0 for any free one.

        Fails with ``OPTION_UNKNOWN``, ``PROFILE_UNKNOWN``, ``PROFILE_INVALID``, ``MST_INVALID``, ``OPTION_INVALID``.

        ```robotframework
        Ask Doctor    bhxh    tax_code=0101234565    output=${OUTPUT_DIR}
        ```
        """
        refuse_unknown(given_variables(), declared_variables())
        question = ask(
            profile,
            portal_url=portal_url,
            tax_code=tax_code,
            token_module=str(given_path(token_module) or ""),
            token_serial=token_serial,
            cert_serial=cert_serial,
            token_environment=token_environment or {},
            portal_password=portal_password,
            token_pin=token_pin,
            output=output,
            agent_port=agent_port,
        )
        self._facts = Facts(question)
        return question

    @keyword(tags=["Doctor"])
    def doctor_should_find_nothing_to_do(self, check: str) -> None:
        """Make one check. What must be done fails the task, a warning is logged as one.

        - ``check``: its name, as `chukyso doctor --json` tells it.

        Fails with what was found and what to do, and with ``OPTION_INVALID`` when no check has this name.

        ```robotframework
        Doctor Should Find Nothing To Do    pin-state
        ```
        """
        if self._facts is None:
            raise ChukysoError(Code.UNEXPECTED, "Ask Doctor was not called")
        known = check_named(check)
        finding = make(known, self._facts)
        if finding.detail:
            logger.info(finding.detail)
        if finding.level is Level.FAILED:
            raise AssertionError(f"✗ {finding.found} {finding.action}".strip())
        if finding.level is Level.WARNING:
            logger.warn(f"! {known.title}: {finding.found}. {finding.action}")
        else:
            logger.info(f"✓ {finding.found}")
