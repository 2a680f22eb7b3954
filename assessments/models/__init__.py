"""What the facts mean and what to do first."""

from assessments.models.field import FieldHolding
from assessments.models.forms import (
    FormDefinition,
    KeptAside,
    Submission,
    SubmissionFact,
    SubmissionFile,
    Visit,
)
from assessments.models.functionality import FunctionalityCursor, FunctionalityRun, FunctionalityScore
from assessments.models.planning import Intervention, InterventionAction, InterventionRequirement

__all__ = [
    "FieldHolding",
    "FormDefinition",
    "FunctionalityCursor",
    "FunctionalityRun",
    "FunctionalityScore",
    "Intervention",
    "InterventionAction",
    "InterventionRequirement",
    "KeptAside",
    "Submission",
    "SubmissionFact",
    "SubmissionFile",
    "Visit",
]
