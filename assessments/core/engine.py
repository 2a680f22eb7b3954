"""Chooses between the compiled worklist and its numpy twin.

numba is loaded only when a case is large enough to gain from it, so that neither the server nor a small command waits
for it. What it compiles is kept next to the source, or in the directory of NUMBA_CACHE_DIR where that is set.
"""

import importlib
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Any

from assessments.core.case import PlanningCase

# Below this many facilities and works numpy is quicker than loading the compiled code.
SMALL_FACILITIES = 400
SMALL_WORKS = 150


class Engine(StrEnum):
    AUTO = "auto"
    NUMPY = "numpy"
    COMPILED = "compiled"


def chosen(engine: Engine, case: PlanningCase) -> Engine:
    """The engine for a case, when the choice is left to us."""
    if engine != Engine.AUTO:
        return engine
    small = len(case.facility_ids) <= SMALL_FACILITIES and len(case.interventions) <= SMALL_WORKS
    return Engine.NUMPY if small or compiled_worklist() is None else Engine.COMPILED


@cache
def compiled_worklist() -> ModuleType | Any:
    """The compiled module; None where numba is not installed."""
    try:
        return importlib.import_module("assessments.core.worklist_compiled")
    except ImportError:
        return None
