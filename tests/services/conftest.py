"""The worked example as a town in the database."""

import pytest

from municipal_units.models import Municipality
from tests.assessments.worked_town import WorkedTown, build_worked_town


@pytest.fixture
def town(tenkoro: Municipality) -> WorkedTown:
    return build_worked_town(tenkoro)
