"""What the facts mean and what to do first."""

from assessments.models.arrivals import ArrivalRow, ArrivalScenario
from assessments.models.deciding import AreaPlan, AssemblyVote, WeightAnswer, WeightSession
from assessments.models.doubt import PlanDoubt, RankingDoubt
from assessments.models.field import FieldHolding
from assessments.models.forms import (
    FormDefinition,
    KeptAside,
    Submission,
    SubmissionFact,
    SubmissionFile,
)
from assessments.models.functionality import FunctionalityCursor, FunctionalityRun, FunctionalityScore
from assessments.models.planning import Intervention, InterventionAction, InterventionRequirement
from assessments.models.plans import (
    CommunityVote,
    Fund,
    Funding,
    Plan,
    PlannedIntervention,
    PlanRun,
    Scenario,
    WorkRecord,
)
from assessments.models.visits import FieldTeam, FieldTeamMember, Visit

__all__ = [
    "ArrivalRow",
    "ArrivalScenario",
    "FieldHolding",
    "FieldTeam",
    "FieldTeamMember",
    "FormDefinition",
    "FunctionalityCursor",
    "FunctionalityRun",
    "FunctionalityScore",
    "Intervention",
    "InterventionAction",
    "InterventionRequirement",
    "KeptAside",
    "PlanDoubt",
    "RankingDoubt",
    "Submission",
    "SubmissionFact",
    "SubmissionFile",
    "Visit",
    "AreaPlan",
    "AssemblyVote",
    "CommunityVote",
    "Fund",
    "Funding",
    "Plan",
    "PlannedIntervention",
    "PlanRun",
    "Scenario",
    "WeightAnswer",
    "WeightSession",
    "WorkRecord",
]
