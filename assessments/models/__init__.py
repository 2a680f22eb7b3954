"""What the facts mean and what to do first."""

from assessments.models.functionality import FunctionalityCursor, FunctionalityRun, FunctionalityScore
from assessments.models.planning import Intervention, InterventionAction, InterventionRequirement

__all__ = [
    "FunctionalityCursor",
    "FunctionalityRun",
    "FunctionalityScore",
    "Intervention",
    "InterventionAction",
    "InterventionRequirement",
]
