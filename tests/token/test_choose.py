"""Which certificate is the new one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.token.choose import choose_certificate
from chukyso.token.model import TokenCertificate
from support.token import MST, NOW, OTHER_MST, issue


def made(**options: object) -> TokenCertificate:
    return issue(**options).on_token  # type: ignore[arg-type]  # the options of issue()


def choose(
    certificates: list[TokenCertificate], registered: TokenCertificate | None = None, wanted: str | None = None
) -> tuple[TokenCertificate, bool]:
    serial = registered.certificate.serial if registered else None
    choice = choose_certificate(certificates, MST, serial, wanted, NOW)
    return choice.certificate, choice.already_registered


def refused(*arguments: object) -> ChukysoError:
    with pytest.raises(ChukysoError) as raised:
        choose(*arguments)  # type: ignore[arg-type]  # the arguments of choose()
    assert "{" not in str(raised.value)
    return raised.value


OLD, NEW, NEWEST = made(ends=10), made(ends=400), made(ends=900)
EXPIRED, COMING = made(starts=-90, ends=-1), made(starts=5, ends=1000)
OTHER, UNNAMED = made(tax_code=OTHER_MST, ends=2000), made(tax_code=None, ends=2000)
BRANCH = made(tax_code=f"{MST}-001", ends=2000)


def test_takes_the_valid_one_with_the_latest_end() -> None:
    everything = [OTHER, NEW, UNNAMED, EXPIRED, NEWEST, BRANCH, OLD, COMING]
    assert choose(everything, OLD) == (NEWEST, False)
    assert choose(list(reversed(everything)), OLD) == (NEWEST, False)


def test_takes_the_newest_when_nothing_is_registered_or_it_is_elsewhere() -> None:
    assert choose([OLD, NEW]) == (NEW, False)
    assert choose([OLD, NEW], NEWEST) == (NEW, False)


def test_nothing_to_do_when_the_registered_one_is_the_newest() -> None:
    assert choose([OLD, NEW, EXPIRED], NEW) == (NEW, True)


def test_equal_end_is_not_newer() -> None:
    assert choose([NEW, made(starts=-1, ends=400)], NEW) == (NEW, True)


def test_registered_serial_may_be_spelt_in_any_way() -> None:
    spelt = ":".join(f"{NEW.certificate.serial:0>40}"[i : i + 2] for i in range(0, 40, 2)).upper()
    choice = choose_certificate([OLD, NEW], MST, spelt, None, NOW)
    assert choice.already_registered


def test_no_certificate_with_any_mst() -> None:
    assert refused([UNNAMED]).code is Code.CERT_NOT_FOUND
    assert refused([]).code is Code.CERT_NOT_FOUND


def test_only_another_mst_says_which() -> None:
    error = refused([OTHER, UNNAMED, BRANCH])
    assert error.code is Code.CERT_MST_MISMATCH
    assert f"{MST}-001, {OTHER_MST}" in str(error)


def test_only_expired_names_the_date() -> None:
    error = refused([EXPIRED, made(starts=-90, ends=-50)])
    assert (error.code, error.context["serial"]) == (Code.CERT_EXPIRED, EXPIRED.certificate.serial)


def test_not_yet_valid_comes_before_expired() -> None:
    assert refused([EXPIRED, COMING]).code is Code.CERT_NOT_YET_VALID


def test_renewed_certificate_that_is_not_valid_yet_is_not_nothing_to_do() -> None:
    assert refused([NEW, COMING], NEW).code is Code.CERT_NOT_YET_VALID


def test_expired_registered_one_is_not_nothing_to_do() -> None:
    assert refused([EXPIRED], EXPIRED).code is Code.CERT_EXPIRED


def test_newest_without_key_is_not_passed_over() -> None:
    keyless = replace(NEWEST, has_key=False)
    assert refused([OLD, NEW, keyless], OLD).code is Code.CERT_KEY_MISSING
    assert choose([OLD, NEW, keyless, NEWEST], OLD) == (NEWEST, False)


def test_wanted_serial_overrides_the_rule() -> None:
    assert choose([OLD, NEW, NEWEST], NEWEST, NEW.certificate.serial.upper()) == (NEW, False)


def test_wanted_serial_that_is_registered() -> None:
    assert choose([OLD, NEW, NEWEST], NEW, NEW.certificate.serial) == (NEW, True)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (EXPIRED, Code.CERT_EXPIRED),
        (COMING, Code.CERT_NOT_YET_VALID),
        (OTHER, Code.CERT_MST_MISMATCH),
        (UNNAMED, Code.CERT_MST_MISMATCH),
        (BRANCH, Code.CERT_MST_MISMATCH),
        (NEWEST, Code.CERT_SERIAL_NOT_FOUND),
    ],
)
def test_wanted_serial_is_refused(wanted: TokenCertificate, code: Code) -> None:
    error = refused([NEW, EXPIRED, COMING, OTHER, UNNAMED, BRANCH], OLD, wanted.certificate.serial)
    assert error.code is code


def test_wanted_serial_without_key() -> None:
    keyless = replace(NEW, has_key=False)
    assert refused([keyless, NEWEST], OLD, NEW.certificate.serial).code is Code.CERT_KEY_MISSING


def test_wanted_serial_that_is_no_serial() -> None:
    assert refused([NEW], OLD, "mới nhất").code is Code.OPTION_INVALID
