"""Swing weighting: points by seat, how far apart they lie, and the weights that follow (functionality.md section 3).

Every service is imagined at its worst. The one to bring up first gets 100 points, the others points against it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

BEST = 100.0
# A seat outside the middle half by more than so many times its width is an outlier (Tukey).
FENCE = 1.5
CLOSE, SOME, WIDE = "close", "some", "wide"


@dataclass(frozen=True)
class Spread:
    """Answers on one service: ends, middle half and median in points, width = high - low in a word, and the seats far
    from the others."""

    low: float
    q1: float
    median: float
    q3: float
    high: float
    word: str
    outliers: tuple[int, ...]

    @property
    def width(self) -> float:
        return self.high - self.low


def spread_of(answers: Mapping[int, float], *, some: float, wide: float) -> Spread | None:
    """Points by seat. From `some` points between the ends the answers differ, from `wide` they are far apart; nobody
    closer than `some` to the median is called an outlier. None without answers."""
    if not answers:
        return None
    values = sorted(answers.values())
    middle = median(values)
    q1, q3 = quantile(values, 0.25), quantile(values, 0.75)
    fence = FENCE * (q3 - q1)
    far = [
        seat
        for seat, value in answers.items()
        if (value < q1 - fence or value > q3 + fence) and abs(value - middle) >= some
    ]
    width = values[-1] - values[0]
    word = WIDE if width >= wide else SOME if width >= some else CLOSE
    return Spread(values[0], q1, middle, q3, values[-1], word, tuple(sorted(far)))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the two nearest values."""
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])


def weights_from(points: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """Weights 0-1 that sum to 1: services without points keep their share of `before`, the others divide the rest by
    their points. Raises ValueError where no service has points."""
    total, all_before = sum(points.values()), sum(before.values())
    if not total > 0:
        raise ValueError("at least one service must count")
    kept = {
        service: weight / all_before for service, weight in before.items() if service not in points and all_before > 0
    }
    rest = 1.0 - sum(kept.values())
    if rest <= 0:
        rest, kept = 1.0, {}
    return kept | {service: rest * value / total for service, value in points.items()}


def medians(answers: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The middle answer per service, scaled so that the highest is 100 again: where an agreement can begin."""
    services = {service for points in answers for service in points}
    middle = {service: median([points[service] for points in answers if service in points]) for service in services}
    top = max(middle.values(), default=0.0)
    return {service: value * BEST / top for service, value in middle.items()} if top > 0 else middle
