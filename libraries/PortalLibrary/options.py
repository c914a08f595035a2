"""Keywords that read and check what the run was asked to do."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret
from robot.libraries.BuiltIn import BuiltIn

from chukyso.pin.reference import check_reference, exposed_file, is_asked, resolve_secret, usable_secret
from chukyso.portal.names import refuse_unknown
from chukyso.portal.profile import load_profile
from chukyso.run.options import RunOptions, check_options, complete_from_sandbox
from chukyso.run.variables import DEFAULTS, OPTIONS
from chukyso.storage.places import check_state, check_temporary, settle_temporary
from ChukysoKeywords import given_path
from PortalLibrary.given import declared_variables, given_variables
from PortalLibrary.run import Run

SecretName = Literal["PORTAL_PASSWORD", "TOKEN_PIN", "MAIL_PASSWORD", "SEAL_PIN"]
_SECRETS = {name: default for name, default in DEFAULTS.items() if default.startswith("env:")}


class OptionKeywords:
    """Options, profile and secrets."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @keyword(tags=["Setup"])
    def set_up_run(self, profile: str = "", **options: str) -> RunOptions:
        """Read the profile, check all variables of the run, and return its options.

        The variables are read where the suite has them: ``${TAX_CODE}``, ``${DRY_RUN}``, and so on. Nothing is opened
        or contacted. From here on ``PORTAL_PASSWORD``, ``TOKEN_PIN``, ``MAIL_PASSWORD`` and ``SEAL_PIN`` are no longer
        in the environment that processes inherit; `Resolve Secret` still knows them.
        A name given with ``--variable`` is refused unless it is one of these, or of a Variables section of the suite.

        - ``profile``: ``sandbox``, ``bhxh``, or the path of a profile file; ``${PROFILE}`` when empty.
        - ``options``: values that count instead of the variables', by their names in lower case: ``dry_run=True``.

        Fails with ``OPTION_UNKNOWN``, ``OPTION_INVALID``, ``PROFILE_UNKNOWN``, ``PROFILE_INVALID``,
        ``PROFILE_INCOMPLETE``, ``MST_INVALID``, ``MODULE_VARIABLE_MISSING``,
        ``STATE_NOT_WRITABLE`` or ``TEMP_NOT_WRITABLE``.

        ```robotframework
        ${run}    Set Up Run    sandbox    headless=True
        ```
        """
        self._empty_environment()
        if remark := settle_temporary():
            logger.warn(remark)
        check_temporary()
        check_state()
        refuse_unknown(given_variables(), declared_variables())
        self._run.reopened, self._run.answer, self._run.user_data = False, None, None
        given = {key: _value_of(variable.name) for key, variable in OPTIONS.items()} | options
        self._run.options = check_options(load_profile(profile or _value_of("PROFILE")), **given)
        return self._run.options

    @keyword(tags=["Setup"])
    def complete_options(
        self,
        *,
        portal_url: str,
        tax_code: str,
        token_module: Path,
        token_environment: dict[str, str],
        trust_roots: Path | None = None,
        seal_token_serial: str = "",
        seal_environment: dict[str, str] | None = None,
        tsa_url: str = "",
    ) -> RunOptions:
        """Fill in what only the running sandbox knows, and return the options.

        - ``portal_url``: address of the sandbox's portal.
        - ``tax_code``: the sandbox's account, taken when the run named none.
        - ``token_module``: PKCS#11 module of the sandbox's token.
        - ``token_environment``: variables that this module needs.
        - ``trust_roots``: PEM file with the sandbox's root, taken when the profile names none.
        - ``seal_token_serial``: the sandbox's token with the evidence key, taken when the run named none.
        - ``seal_environment``: variables that the module needs to see that token.
        - ``tsa_url``: the sandbox's time stamp authority, taken when the run named none.

        ```robotframework
        ${run}    Complete Options    portal_url=${sandbox.portal_url}    tax_code=${sandbox.tax_code}
        ...    token_module=${sandbox.token_module}    token_environment=${sandbox.token_environment}
        ...    trust_roots=${sandbox.root_certificate}
        ```
        """
        roots = given_path(trust_roots)
        self._run.options = complete_from_sandbox(
            self._run.options,
            portal_url=portal_url,
            tax_code=tax_code,
            token_module=str(token_module),
            token_environment=token_environment,
            trust_roots=str(roots or ""),
            seal_token_serial=seal_token_serial,
            seal_environment=seal_environment or {},
            tsa_url=tsa_url,
            # Addresses are used again; no two sandboxes have the same root.
            instance=hashlib.sha256(roots.read_bytes()).hexdigest()[:16] if roots else "",
        )
        return self._run.options

    @keyword(tags=["Secret"])
    def check_secret_reference(self, name: SecretName, reference: str) -> bool:
        """Check that this is a reference, without reading the secret, and return whether a person is to be asked.

        - ``name``: the variable's name; only ``TOKEN_PIN`` can be asked for.
        - ``reference``: as for `Resolve Secret`.

        Fails with ``SECRET_REFERENCE_INVALID``, and with ``PROFILE_INVALID`` when the profile has the token's driver
        given the variable in which the secret is.

        ```robotframework
        ${asked}    Check Secret Reference    TOKEN_PIN    keyring:bhxh/0101234565
        ```
        """
        self._run.profile.keep_from_module(reference, name)
        if name == "TOKEN_PIN" and is_asked(reference):
            return True
        check_reference(reference, name)
        return False

    @keyword(tags=["Secret"])
    def resolve_secret(self, name: SecretName, reference: str, fallback: str = "") -> Secret | None:
        """Resolve a reference to a secret and return it as Robot ``Secret``, or None.

        None: a person is asked for it later (``ask:``, for the PIN only), or the sandbox makes it up. A file that other
        users of this machine can read is warned about. The variable behind ``env:NAME`` is taken out of the
        environment, so that the browser does not inherit it. A byte order mark and line ends around a secret are no
        part of it; other characters that show nothing are refused, and in a PIN whatever is not ASCII.

        - ``name``: the variable's name.
        - ``reference``: ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/NAME``, ``vault:PATH#KEY``; the PIN: ``ask:``.
        - ``fallback``: reference that is used instead when ``reference`` is the variable's default and unset; with the
          sandbox and no fallback yet the answer is then None: the sandbox makes the secret up.

        Fails with ``SECRET_REFERENCE_INVALID``, ``PROFILE_INVALID``, ``SECRET_UNREADABLE``, ``SECRET_CHARACTER``,
        ``PIN_CHARACTER`` or ``PIN_NOT_ASCII``.

        ```robotframework
        ${password}    Resolve Secret    PORTAL_PASSWORD    env:PORTAL_PASSWORD
        ...    fallback=file:${sandbox.password_file}
        ${pin}    Resolve Secret    TOKEN_PIN    env:TOKEN_PIN    fallback=file:${sandbox.pin_file}
        ```
        """
        default = _SECRETS.get(name, "")
        unset = reference == default and default.removeprefix("env:") not in os.environ
        if unset and reference not in self._run.secrets and self._run.profile.portal.embedded_sandbox:
            if not fallback:
                return None
            reference = fallback
        if self.check_secret_reference(name, reference):
            return None
        exposed = exposed_file(reference)
        if exposed and reference not in self._run.secrets:
            logger.warn(f"{name}: người khác trên máy này đọc được tệp {exposed}; hãy chạy chmod 600 cho tệp đó.")
        if reference not in self._run.secrets or reference.startswith("file:"):
            self._run.secrets[reference] = Secret(resolve_secret(reference, name))
        # Those of the environment were put aside as they are: not every run uses them.
        return Secret(usable_secret(self._run.secrets[reference].value, name, reference))

    def _empty_environment(self) -> None:
        """Take the default variables out of the environment, whether or not the run refers to them."""
        for reference in _SECRETS.values():
            if os.environ.get(variable := reference.removeprefix("env:")):
                self._run.secrets[reference] = Secret(os.environ.pop(variable))


def _value_of(name: str) -> str:
    """What the running suite has for a variable of a run; the default in a suite that does not know them."""
    return str(BuiltIn().get_variable_value(f"${{{name}}}", DEFAULTS[name]))
