"""A whole run that signs as the real portal does: extension, native host, and native windows under Wine."""

from __future__ import annotations

import psutil
import pytest

from chukyso.errors import ChukysoError
from chukyso.prerequisites import check_native_windows
from support.run import RunUpdate

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def windows() -> None:
    try:
        check_native_windows()
    except ChukysoError as error:
        pytest.skip(str(error))


def test_the_update_with_the_portals_own_client(run_update: RunUpdate) -> None:
    before = set(psutil.Process().children(recursive=True))  # of other tests in this process
    run = run_update(None, PROFILE="sandbox-client")
    run.ended("updated")
    assert [figure["number"] for figure in run.manifest["figures"]] == [1, 2, 3, 4, 5, 6]
    for figure in run.manifest["figures"]:
        assert bool(figure["page"]) == (figure["number"] not in (4, 5))
    assert "client-asks" in run.journal
    assert "signing-requested" not in run.journal, "nobody saw the document"
    signer = run.manifest["signer"]
    assert signer["kind"] == "client"
    assert [window["title"] for window in signer["windows"]] == ["Chọn chứng thư số", "Xác thực mã PIN"]
    assert signer["unchecked"] == ["document", "tax_code", "valid_from"]
    assert run.manifest["submission"]["signature"]["valid"]
    new = run.manifest["certificates"]["new"]["serial"]
    assert run.manifest["submission"]["signature"]["certificate_serial"] == new
    assert set(psutil.Process().children(recursive=True)) <= before
