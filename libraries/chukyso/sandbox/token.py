"""Software tokens of a scenario: a SoftHSM2 directory of its own, set up by a short-lived child process."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chukyso.errors import ChukysoError, Code
from chukyso.lenient import load_certificate
from chukyso.narrow import narrow_path
from chukyso.pin.gate import PinState
from chukyso.sandbox.environment import scrubbed_environment
from chukyso.sandbox.options import CertificateKind
from chukyso.sandbox.pki import Credential

_SET_UP_SECONDS: Final = 30

# SoftHSM2's file of a token is a sequence of records: attribute type, kind, value, each of 8 bytes, big-endian. The
# flags that C_GetTokenInfo answers are one record of kind 2 (number). SoftHSM2 itself never locks a PIN, so the two
# last states are written there; the module then reports them as a locked token would.
_FLAGS_RECORD: Final = (0x8000534B).to_bytes(8, "big") + (2).to_bytes(8, "big")
_CKF: Final = {PinState.FINAL_TRY: 0x0002_0000, PinState.LOCKED: 0x0004_0000}


@dataclass(frozen=True)
class TokenPlan:
    """One token to be set up.

    Attributes:
        label: Its label, ASCII, at most 32 characters.
        pin: The user's PIN.
        credentials: Keys and certificates to be put on it.
        pin_state: What it is to remember of earlier tries.
    """

    label: str
    pin: str = field(repr=False)
    credentials: tuple[Credential, ...]
    pin_state: PinState = PinState.OK


@dataclass(frozen=True)
class TokenStore:
    """Tokens that were set up.

    Attributes:
        environment: ``SOFTHSM2_CONF`` for the process that loads the module.
        serials: Serial of each token, in the order of the plans.
    """

    environment: dict[str, str]
    serials: tuple[str, ...]


def create_tokens(directory: Path, module: Path, plans: Sequence[TokenPlan]) -> TokenStore:
    """Set up a SoftHSM2 token directory.

    Args:
        directory: A new directory is made there; must not exist.
        module: The SoftHSM2 module.
        plans: The tokens; none leaves the module with its uninitialised slot only.

    Raises:
        ChukysoError: ``SANDBOX_FAILED`` when the module refuses.
    """
    store = directory / "tokens"
    store.mkdir(parents=True, mode=0o700)
    configuration = directory / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {narrow_path(store)}\n"
        "objectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n",
        encoding="utf-8",
    )
    environment = {"SOFTHSM2_CONF": narrow_path(configuration)}
    serials = _run_writer(environment, module, plans) if plans else ()
    for plan, serial in zip(plans, serials, strict=True):
        if plan.pin_state in _CKF:
            _set_flag(store, serial, _CKF[plan.pin_state])
    return TokenStore(environment, serials)


def _run_writer(environment: dict[str, str], module: Path, plans: Sequence[TokenPlan]) -> tuple[str, ...]:
    job = {"module": narrow_path(module), "tokens": [_token_job(plan) for plan in plans]}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "chukyso.sandbox.token_writer"],
            input=json.dumps(job).encode() + b"\n",
            capture_output=True,
            env=scrubbed_environment() | environment,
            timeout=_SET_UP_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired:
        # Not chained: the exception's text would be the command's output.
        raise _failed(f"setting up took longer than {_SET_UP_SECONDS} s") from None
    if done.returncode != 0:
        raise _failed(done.stderr.decode(errors="replace").strip()[-2000:])
    return tuple(json.loads(done.stdout)["serials"])


def _token_job(plan: TokenPlan) -> dict[str, Any]:
    return {
        "label": plan.label,
        "pin": plan.pin,
        "wrong_try": plan.pin_state is PinState.COUNT_LOW,
        "entries": [_entry(credential) for credential in plan.credentials],
        "issuers": [_issuer_entry(der) for der in dict.fromkeys(one.issuer_der for one in plan.credentials)],
    }


def _entry(credential: Credential) -> dict[str, Any]:
    return _certificate_entry(credential.certificate.der) | {
        "label": credential.label or f"{credential.certificate.tax_code} {credential.kind.value}",
        "key": {name: _number(value) for name, value in _rsa_parts(credential.key).items()},
        "private": credential.kind is not CertificateKind.NO_KEY,
    }


def _issuer_entry(der: bytes) -> dict[str, Any]:
    return _certificate_entry(der) | {"label": "issuer"}


def _certificate_entry(der: bytes) -> dict[str, Any]:
    certificate, raw = load_certificate(der), asn1_x509.Certificate.load(der)
    public_der = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    binary = {
        "id": hashlib.sha256(public_der).digest()[:20],
        "subject": raw.subject.dump(),
        "issuer": raw.issuer.dump(),
        "serial": _der_integer(certificate.serial_number),
        "certificate": der,
    }
    return {name: base64.b64encode(value).decode() for name, value in binary.items()}


def _rsa_parts(key: RSAPrivateKey) -> dict[str, int]:
    private = key.private_numbers()
    return {
        "n": private.public_numbers.n,
        "e": private.public_numbers.e,
        "d": private.d,
        "p": private.p,
        "q": private.q,
        "dp": private.dmp1,
        "dq": private.dmq1,
        "qi": private.iqmp,
    }


def _number(value: int) -> str:
    return base64.b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode()


def _der_integer(value: int) -> bytes:
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")  # one more bit than needed keeps it positive
    return bytes((0x02, len(content))) + content


def _set_flag(store: Path, serial: str, flag: int) -> None:
    for path in store.glob("*/token.object"):
        content = bytearray(path.read_bytes())
        place = content.find(_FLAGS_RECORD)
        if serial.encode() not in content or place < 0:
            continue
        start = place + len(_FLAGS_RECORD)
        flags = int.from_bytes(content[start : start + 8], "big") | flag
        content[start : start + 8] = flags.to_bytes(8, "big")
        path.write_bytes(content)
        return
    raise _failed(f"no flags found in the file of token {serial}")


def _failed(detail: str) -> ChukysoError:
    return ChukysoError(Code.SANDBOX_FAILED, f"token: {detail}", reason="không tạo được token mềm")
