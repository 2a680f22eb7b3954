"""The fixed point is as near as it says, also in loops that shrink once a round and not in every sweep."""

from random import Random

import numpy as np
import pytest

from assessments.core.dependencies import greatest, inputs_of, iterate, structure_of
from tests.core.cases import case_of
from tests.core.random_cases import random_document

# Random cases whose answer was off by more than the tolerance when two single steps were compared.
SLOW = (109, 1279, 5482)


@pytest.mark.parametrize("seed", SLOW)
def test_a_slow_loop_is_followed_to_its_end(seed):
    case = case_of(random_document(Random(seed)))
    structure, inputs = structure_of(case), inputs_of(case)

    settled = greatest(structure, inputs)

    works = settled.works
    for _ in range(30):
        works = iterate(structure, inputs, works).works
    assert settled.converged
    np.testing.assert_allclose(settled.works, works, rtol=0, atol=5e-9)
