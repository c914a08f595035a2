"""Scenarios: an account on the portal and the token that belongs to it."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from chukyso.sandbox.details import SandboxDetails, write_private
from chukyso.sandbox.options import CertificateKind, ScenarioOptions
from chukyso.sandbox.people import Organisation, TaxCodes, organisation
from chukyso.sandbox.pki import Credential, KeyMaker, Pki
from chukyso.sandbox.portal.model import AccountSpec
from chukyso.sandbox.token import TokenPlan, TokenStore, create_tokens

_PASSWORD_LETTERS: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # noqa: S105 - an alphabet
_PASSWORD_LENGTH: Final = 16
_SEAL_PIN: Final = "seal-pin"


@dataclass(frozen=True)
class Place:
    """What is the same for every scenario of a sandbox."""

    portal_url: str
    control_url: str
    control_secret: str
    pki_url: str
    directory: Path
    token_module: Path


@dataclass(frozen=True)
class Scenario:
    """What was made: the account, still to be added to the portal, and where everything is."""

    account: AccountSpec
    details: SandboxDetails


class ScenarioMaker:
    """Makes scenarios; may be used from several threads.

    Args:
        place: What is the same for all of them.
        pki: Issues the certificates.
        keys: Makes the keys.
    """

    def __init__(self, place: Place, pki: Pki, keys: KeyMaker) -> None:
        self._place = place
        self._pki = pki
        self._keys = keys
        self._tax_codes = TaxCodes()
        self._numbers = itertools.count(1)
        self._certificates: dict[str, bytes] = {}
        self._root = place.directory / "root.pem"
        self._chain = place.directory / "chain.pem"
        self._root.write_bytes(pki.root.certificate.public_bytes(Encoding.PEM))
        self._chain.write_bytes(pki.issuing.certificate.public_bytes(Encoding.PEM))
        # Beside the first account's token: both wait for a child process.
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="seal")
        self._seal = pool.submit(self._make_seal)
        pool.shutdown(wait=False)

    def make(self, options: ScenarioOptions) -> Scenario:
        """Issue the certificates, set up the token, write the secrets' files.

        Raises:
            ChukysoError: ``SANDBOX_FAILED`` when the token cannot be set up.
        """
        directory = self._place.directory / f"scenario-{next(self._numbers)}"
        directory.mkdir(mode=0o700)
        holder = organisation(options.tax_code or self._tax_codes.take(), options.units)
        password, pin = options.password or _new_password(), options.pin or _new_pin()
        credentials = self._issue(options, holder)
        self._certificates |= {one.certificate.serial: one.certificate.der for one in credentials.values()}
        held = [credentials[kind] for kind in options.certificates]
        plans = self._plans(options, holder, held, pin)
        store = create_tokens(directory / "softhsm", self._place.token_module, plans)
        serials = iter(store.serials)
        token_serial = next(serials, "") if options.token else ""
        write_private(directory / "password", password.encode())
        write_private(directory / "pin", pin.encode())
        registered = credentials[options.registered].certificate
        new = next((one.certificate.serial for one in held if one.kind is not options.registered), "")
        unit_codes = tuple(unit.code for unit in holder.units)
        seal = self._seal.result()
        details = SandboxDetails(
            portal_url=self._place.portal_url,
            control_url=self._place.control_url,
            control_secret=self._place.control_secret,
            pki_url=self._place.pki_url,
            directory=self._place.directory,
            root_certificate=self._root,
            chain=self._chain,
            token_module=self._place.token_module,
            token_environment=store.environment,
            token_serial=token_serial,
            second_token_serial=next(serials, ""),
            tax_code=holder.tax_code,
            name=holder.name,
            email=holder.email,
            phone=holder.phone,
            # Not the first one: a run that takes whatever comes first must not look right.
            unit_code=unit_codes[1] if len(unit_codes) > 1 else None,
            unit_codes=unit_codes,
            password_file=directory / "password",
            pin_file=directory / "pin",
            registered_serial=registered.serial,
            new_serial=new,
            certificates={kind.value: one.certificate.serial for kind, one in credentials.items()},
            seal_environment=seal.environment,
            seal_token_serial=seal.serials[0],
            seal_pin_file=self._place.directory / _SEAL_PIN,
            tsa_url=f"{self._place.pki_url}/tsa",
        )
        account = AccountSpec(
            tax_code=holder.tax_code,
            name=holder.name,
            password=password,
            units=holder.units,
            email=holder.email,
            phone=holder.phone,
            registered_certificate_der=registered.der,
            locked=options.locked,
        )
        return Scenario(account, details)

    def certificate(self, serial: str) -> bytes:
        """A certificate of a scenario, DER, by its serial as the details spell it.

        Raises:
            KeyError: no scenario has it.
        """
        return self._certificates[serial]

    def _make_seal(self) -> TokenStore:
        """The token with the evidence key: one for all scenarios."""
        pin = _new_pin()
        plan = TokenPlan("SANDBOX EVIDENCE SEAL", pin, (self._pki.issue_seal(),))
        store = create_tokens(self._place.directory / "seal", self._place.token_module, [plan])
        write_private(self._place.directory / _SEAL_PIN, pin.encode())
        return store

    def _issue(self, options: ScenarioOptions, holder: Organisation) -> dict[CertificateKind, Credential]:
        kinds = list(dict.fromkeys((*options.certificates, options.registered)))
        keys = [(kind, self._keys.start()) for kind in kinds]
        issued = {}
        for kind, key in keys:
            owner = organisation(self._tax_codes.take(), 1) if kind is CertificateKind.OTHER_ACCOUNT else holder
            issued[kind] = self._pki.issue(kind, owner.tax_code, owner.name, key.result())
        return issued

    def _plans(
        self, options: ScenarioOptions, holder: Organisation, held: Iterable[Credential], pin: str
    ) -> list[TokenPlan]:
        plans = []
        if options.token:
            plans.append(TokenPlan(f"SANDBOX {holder.tax_code}", pin, tuple(held), options.pin_state))
        if options.second_token:
            other = organisation(self._tax_codes.take(), 1)
            credential = self._pki.issue(CertificateKind.NEW, other.tax_code, other.name)
            plans.append(TokenPlan(f"SANDBOX {other.tax_code}", _new_pin(), (credential,)))
        return plans


def _new_password() -> str:
    return "".join(secrets.choice(_PASSWORD_LETTERS) for _ in range(_PASSWORD_LENGTH))


def _new_pin() -> str:
    return f"{secrets.randbelow(10**8):08d}"
