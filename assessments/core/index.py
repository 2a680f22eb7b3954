"""From F per service to one index per neighbourhood and city (functionality.md section 3)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from assessments.core.case import Flags, Floats, PlanningCase

GEOMETRIC_FLOOR = 0.01


@dataclass(frozen=True)
class IndexWeights:
    """I[n] = sum over s of `service`[n, s] F[n, s] + `weakest`[n] * min of F[n, s] over `essential`[n, s].

    Services without data are left out of the point and the others weigh more; where nothing is known there is no
    point (`known` False).
    """

    service: Floats
    weakest: Floats
    essential: Flags
    known: Flags


def weights_where(case: PlanningCase, counted: Flags) -> IndexWeights:
    """Weights of the services that count (N, S). Without an essential service among them β is ignored."""
    share = np.where(counted, case.weight, 0.0)
    total = share.sum(axis=1)
    essential = counted & case.essential & (total > 0)[:, None]
    weakest = np.where(essential.any(axis=1), case.beta, 0.0)
    scaled = np.divide(share, total[:, None], out=np.zeros_like(share), where=total[:, None] > 0)
    return IndexWeights(scaled * (1 - weakest)[:, None], weakest, essential, total > 0)


def index_weights(case: PlanningCase) -> IndexWeights:
    """Weights for the point: the services for which there is data."""
    return weights_where(case, case.known)


def weakest_essential(weights: IndexWeights, counted: Floats) -> Floats:
    """Lowest F of the essential services per neighbourhood; 1 where there is none."""
    return np.asarray(np.where(weights.essential, counted, 1.0).min(axis=1, initial=1.0))


def index_of(weights: IndexWeights, counted: Floats) -> Floats:
    """I (N,), NaN where nothing is known. `counted` is F with 1 where nobody needs the service."""
    average = (weights.service * np.where(weights.service > 0, counted, 0.0)).sum(axis=1)
    index = average + weights.weakest * weakest_essential(weights, counted)
    return np.where(weights.known, np.clip(index, 0.0, 1.0), np.nan)


def geometric_of(case: PlanningCase, counted: Floats) -> Floats:
    """Second view: weighted geometric mean with a floor, NaN where nothing is known."""
    share = np.where(case.known, case.weight, 0.0)
    total = share.sum(axis=1)
    logs = (share * np.log(np.maximum(np.where(case.known, counted, 1.0), GEOMETRIC_FLOOR))).sum(axis=1)
    return np.where(total > 0, np.exp(np.divide(logs, total, out=np.zeros_like(logs), where=total > 0)), np.nan)


def mean_over(people: Floats, values: Floats) -> float:
    """Mean of values by persons, over those whose value is known; NaN without persons."""
    counts = (people > 0) & ~np.isnan(values)
    total = float(people[counts].sum())
    return float((people[counts] * values[counts]).sum() / total) if total > 0 else float("nan")


class Worth(NamedTuple):
    """What F is worth in person-functionality: per cell P v (1-β) ω, per place P v β for its weakest essential service;
    `in_weakest` marks the cells that count there. Cells are numbered as in `dependencies`, one more at the end."""

    cell: Floats
    weakest: Floats
    in_weakest: Flags


def worth_of(case: PlanningCase) -> Worth:
    weights = index_weights(case)
    counts = case.known & (case.demand > 0)
    people = case.weighted_people
    return Worth(
        cell=np.append(np.where(counts, people[:, None] * weights.service, 0.0).ravel(), 0.0),
        weakest=people * weights.weakest,
        in_weakest=np.append((weights.essential & counts).ravel(), False),
    )
