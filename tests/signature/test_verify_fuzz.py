"""Whatever a stranger hands over, a verdict comes back: documents, certificates and answers changed at random.

CI looks at 250. Longer: ``CHUKYSO_EXAMPLES=20000 pytest`` with this file, or with a bound of time and memory
for each, in a process of its own, ``python tests/fuzz_verify.py``.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chukyso.errors import ChukysoError, Code
from chukyso.signature.verdict import Status
from support.fuzz_verify import Fuzz
from support.verify import PROPERTY

pytestmark = [
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Attribute's length"),
]


@pytest.fixture(scope="module")
def fuzz() -> Fuzz:
    return Fuzz()


@PROPERTY
@given(random=st.randoms(use_true_random=False))
def test_anything_ends_in_a_verdict(fuzz: Fuzz, random: Random) -> None:
    case = fuzz.case(random)
    try:
        verdict = case.verdict()
    except ChukysoError as error:
        assert error.code is Code.OPTION_INVALID  # a file of certificates that is none
        return
    assert verdict.reasons or verdict.status is Status.TOTAL_PASSED
    assert case.name != "crowd" or not verdict.passed
