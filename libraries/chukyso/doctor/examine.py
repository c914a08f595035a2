"""The table of checks, and how they are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from chukyso.doctor import checks_machine, checks_portal, checks_token, checks_windows
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Finding, Level, failed
from chukyso.errors import ChukysoError, Code

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True)
class Check:
    """One line.

    Attributes:
        name: Stable name, for programs.
        title: What the operator reads, Vietnamese.
        look: Looks, and changes nothing.
    """

    name: str
    title: str
    look: Callable[[Facts], Finding]


CHECKS: Final = (
    Check("profile", "Tệp cấu hình", checks_portal.check_profile),
    Check("signer", "Cách ký của cổng", checks_machine.check_signer),
    Check("browser", "Trình duyệt", checks_machine.check_browser),
    Check("module", "Trình điều khiển token", checks_token.check_module),
    Check("token", "Token", checks_token.check_token),
    Check("pin-state", "Trạng thái mã PIN", checks_token.check_pin_tries),
    Check("certificate", "Chứng thư số", checks_token.check_certificate),
    Check("portal-password", "Mật khẩu cổng", checks_machine.check_password),
    Check("token-pin", "Mã PIN", checks_machine.check_pin_reference),
    Check("clock", "Đồng hồ", checks_portal.check_clock),
    Check("state", "Nơi ghi nhớ", checks_machine.check_state_place),
    Check("temporary", "Thư mục tệp tạm", checks_machine.check_temporary_place),
    Check("output", "Thư mục kết quả", checks_machine.check_output),
    Check("agent-port", "Cổng của bộ ký số", checks_machine.check_port),
    Check("local-network", "Quyền mạng cục bộ", checks_machine.check_local_network),
    Check("font", "Phông chữ", checks_machine.check_font),
    Check("windows-session", "Phiên Windows", checks_windows.check_windows_session),
)


def make(check: Check, facts: Facts) -> Finding:
    """Make one check; one that goes wrong itself is a finding, too, and does not keep the others from being made."""
    try:
        return check.look(facts)
    except ChukysoError as error:
        return failed(error.happened, error.code.value.action, f"{error.code.name}: {error.detail}")
    except Exception as error:  # noqa: BLE001 - whatever a driver or a system does: the other lines are still wanted
        spec = Code.UNEXPECTED.value
        return failed(spec.happened, spec.action, f"{type(error).__name__}: {error}")


def check_named(name: str) -> Check:
    """The check with this name.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    for check in CHECKS:
        if check.name == name:
            return check
    known = ", ".join(check.name for check in CHECKS)
    raise ChukysoError(Code.OPTION_INVALID, f"no check {name!r}", name="check", reason=f"chỉ có {known}")


def as_document(profile: str, findings: list[tuple[Check, Finding]]) -> dict[str, Any]:
    """Everything that was found, ready for JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "profile": profile,
        "ok": all(finding.level is not Level.FAILED for _check, finding in findings),
        "checks": [{"name": check.name, "title": check.title, **asdict(finding)} for check, finding in findings],
    }
