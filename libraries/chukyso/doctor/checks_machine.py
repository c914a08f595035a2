"""Checks of the machine: browser, secrets, output directory, ports, font."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Final

from chukyso import typeface
from chukyso.agent.http.port import bind
from chukyso.doctor.facts import Facts
from chukyso.doctor.local_network import ALLOW, ASKS_SINCE, decided, policies_of
from chukyso.doctor.model import Finding, failed, failed_with, ok, warning
from chukyso.errors import ChukysoError, Code
from chukyso.loopback import is_local
from chukyso.pin.reference import PINS, check_reference, exposed_file, is_asked, resolve_secret
from chukyso.pin.text import has_blank_at_end
from chukyso.portal.declaring import SignerKind
from chukyso.portal.kinds import UNKNOWN
from chukyso.prerequisites import check_native_windows
from chukyso.scratch import short_place
from chukyso.state import expanded, state_directory
from chukyso.storage.places import check_state, check_temporary, try_place, wrong_temporary

LEAST_SPACE: Final = 100 << 20
"""Bytes below which a run is not begun: six figures, log and report take some 10 MB, the browser's own files more."""
LITTLE_SPACE: Final = 1 << 30


def check_browser(facts: Facts) -> Finding:
    """A browser is installed and starts without a window."""
    if isinstance(facts.browser, ChukysoError):
        return failed_with(facts.browser)
    if isinstance(facts.version, ChukysoError):
        return failed_with(facts.version)
    return ok(f"{facts.version.replace('/', ' ')} ({facts.browser}); khởi động được")


def check_signer(facts: Facts) -> Finding:
    """Whether this version can sign at the profile's portal at all."""
    profile = facts.question.profile
    if profile.signer.kind is SignerKind.AGENT:
        return ok("cổng ký qua bộ ký số của chương trình")
    if sys.platform != "win32" and not profile.portal.embedded_sandbox:
        return failed_with(ChukysoError(Code.DESKTOP_UNSUPPORTED, system=platform.system()))
    try:
        check_native_windows()
    except ChukysoError as error:
        return failed_with(error)
    return ok("cổng ký bằng tiện ích mở rộng và chương trình ký của nó, có cửa sổ riêng")


def check_local_network(facts: Facts) -> Finding:
    """Whether the portal's page may reach the signing agent on this machine."""
    asked = facts.question
    if asked.profile.signer.kind is not SignerKind.AGENT:
        return ok("cấu hình này ký bằng cửa sổ của cổng; không có bộ ký số nào trên máy cần quyền này")
    url = asked.portal_url
    if not url or url == UNKNOWN or is_local(url):
        return ok("cổng ở ngay trên máy này; trình duyệt không đòi quyền")
    if isinstance(facts.version, ChukysoError) or isinstance(facts.browser, ChukysoError):
        return warning("chưa biết vì chưa khởi động được trình duyệt", "Xử lý dòng “Trình duyệt” trước.")
    return _asked_by(facts.browser, facts.version, url)


def _asked_by(browser: Path, version: str, url: str) -> Finding:
    """Whether this browser would ask before a public page reaches the agent, and what was decided for it."""
    major = version.partition("/")[2].partition(".")[0]
    if not major.isdigit():
        return warning(f"không rõ phiên bản ({version})", f"Từ Chromium {ASKS_SINCE}, trang phải xin quyền.")
    if int(major) < ASKS_SINCE:
        return ok(f"phiên bản {major} chưa đòi quyền này (từ {ASKS_SINCE} mới đòi)")
    if not url.startswith("https:"):
        return failed("trang http không xin được quyền truy cập ứng dụng trên máy", "Dùng địa chỉ https của cổng.")
    allowed = decided(url, policies_of(browser))
    if allowed:
        return ok("chính sách của máy đã cho phép cổng truy cập ứng dụng trên máy")
    if allowed is False:
        return failed(
            "chính sách của máy cấm cổng truy cập ứng dụng trên máy, nên trang không tới được bộ ký số",
            f"Nhờ người quản trị thêm địa chỉ cổng vào chính sách {ALLOW} của trình duyệt.",
        )
    return warning(
        f"phiên bản {major} sẽ hỏi quyền “truy cập ứng dụng trên thiết bị này”; chưa có chính sách nào quyết định",
        f"Khi trang hỏi, chọn Cho phép; hoặc nhờ người quản trị đặt chính sách {ALLOW} cho địa chỉ cổng.",
    )


def check_password(facts: Facts) -> Finding:
    """The portal's password can be had; it is not shown."""
    return _secret(facts, "PORTAL_PASSWORD", facts.question.portal_password)


def check_pin_reference(facts: Facts) -> Finding:
    """The token's PIN can be had; it is not shown and not tried."""
    return _secret(facts, "TOKEN_PIN", facts.question.token_pin)


def _secret(facts: Facts, name: str, reference: str) -> Finding:
    default = f"env:{name}"
    if reference == default and name not in os.environ and facts.question.profile.portal.embedded_sandbox:
        return ok(f"chưa đặt {name}; sandbox tự đặt giá trị ngẫu nhiên")
    if name == "TOKEN_PIN" and is_asked(reference):
        return ok("người vận hành sẽ được hỏi khi cần (ask:)")
    try:
        check_reference(reference, name)
        secret = _resolve(reference.strip(), name)
    except ChukysoError as error:
        return failed_with(error)
    exposed = exposed_file(reference)
    if exposed:
        return warning(
            f"đọc được, nhưng người khác trên máy này cũng đọc được tệp {exposed}", f"Chạy chmod 600 {exposed}"
        )
    if name not in PINS and has_blank_at_end(secret):
        return warning(
            "đọc được; mật khẩu bắt đầu hoặc kết thúc bằng dấu cách, và dấu cách đó được dùng",
            "Nếu không cố ý, lưu lại mật khẩu không có dấu cách ở hai đầu.",
        )
    return ok(f"đọc được ({reference.partition(':')[0]}); không hiện giá trị")


def _resolve(reference: str, name: str) -> str:
    """Return the secret, and leave everything as it is: a run takes ``env:`` out of the environment."""
    scheme, _, place = reference.partition(":")
    before = os.environ.get(place) if scheme == "env" else None
    try:
        return resolve_secret(reference, name)
    finally:
        if before is not None:
            os.environ[place] = before


def check_state_place(_facts: Facts) -> Finding:
    """What must outlive a run can be written down."""
    free = check_state()
    return _room(str(state_directory()), free, "Xóa bớt tệp trên ổ đĩa này, hoặc đặt CHUKYSO_STATE_DIR sang ổ khác.")


def check_temporary_place(_facts: Facts) -> Finding:
    """Temporary files can be written: the browser's and the sandbox's."""
    free = check_temporary()
    wrong = wrong_temporary()
    if wrong:
        found = ", ".join(f"{name}={given}" for name, given in wrong.items())
        return warning(f"{found}: không dùng được; chương trình sẽ dùng {short_place()}", "Sửa hoặc bỏ biến đó.")
    return _room(short_place(), free, "Xóa bớt tệp trên ổ đĩa này, hoặc đặt TMPDIR (Windows: TEMP) sang ổ khác.")


def check_output(facts: Facts) -> Finding:
    """The output directory can be written to, and there is room."""
    output = expanded(facts.question.output).absolute()
    try:
        free = try_place(output)
    except OSError as error:
        return failed_with(ChukysoError(Code.OUTPUT_NOT_WRITABLE, f"{type(error).__name__}: {error}", path=output))
    return _room(str(output), free, "Xóa bớt tệp trên ổ đĩa này, hoặc chọn thư mục kết quả khác.")


def _room(place: str, free: int, action: str) -> Finding:
    found = f"{place}: ghi được, còn trống {_gibibytes(free)}"
    if free < LEAST_SPACE:
        return failed(found, action)
    return warning(f"{found}, ổ đĩa sắp đầy", action) if free < LITTLE_SPACE else ok(found)


def _gibibytes(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB".replace(".", ",")


def check_port(facts: Facts) -> Finding:
    """The signing agent can listen on this machine."""
    port = facts.question.agent_port
    try:
        bind(port).close()
    except ChukysoError as error:
        return failed_with(error)
    return ok(f"mở được trên 127.0.0.1: {f'cổng {port}' if port else 'một cổng tự chọn'}")


def check_font(_facts: Facts, directory: Path = typeface.FILES) -> Finding:
    """Figures and reports can show Vietnamese: the typeface that comes with us is whole."""
    action = "Cài lại môi trường: xóa thư mục .venv rồi chạy python3 bootstrap.py setup."
    try:
        missing = typeface.lacking(directory)
    except (OSError, ValueError) as error:
        return warning(f"không đọc được phông chữ {typeface.FAMILY}: {error}", action)
    if missing:
        return warning(f"phông chữ {typeface.FAMILY} thiếu chữ {missing}", action)
    return ok(f"phông chữ {typeface.FAMILY} có đủ chữ tiếng Việt")
