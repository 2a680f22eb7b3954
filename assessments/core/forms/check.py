"""Every rule of a form, tried again on the server: clients lie, and phones keep old forms."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assessments.core.forms.compiler import BINARY
from assessments.core.forms.expressions import Context, NotSupported, Tree, boolean, evaluate, moment_of, number
from assessments.core.forms.instance import Node, answer_near, leaves

INDEX = re.compile(r"\[\d+\]")
INTEGER = re.compile(r"-?\d{1,18}")
TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")


@dataclass(frozen=True)
class AnswerProblem:
    """One answer that breaks a rule. `code`: required, constraint, type, choice, not_relevant, unknown_question,
    unchecked (a rule we cannot try). `message` is the form's own text by language where it has one."""

    path: str
    code: str
    message: dict[str, str]
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "code": self.code, "message": self.message, "value": self.value[:200]}


def check_answers(definition: dict[str, Any], root: Node, *, now: datetime) -> list[AnswerProblem]:
    """All rules broken by a filled form, in its order; empty for a good one."""
    questions = {question["path"]: question for question in definition["questions"]}
    groups = [group for group in definition["groups"] if "relevant" in group]
    problems: list[AnswerProblem] = []
    seen = set()
    for place, value, chain in leaves(root):
        path = INDEX.sub("", place)
        seen.add(path)
        if path.startswith("/meta/"):
            continue
        question = questions.get(path)
        if question is None:
            if value:
                problems.append(
                    AnswerProblem(place, "unknown_question", english("The form has no such question."), value)
                )
            continue
        problems += _answer_problems(question, groups, definition, place, value, chain, now)
    for path, question in questions.items():
        if path not in seen and "repeat" not in question and not path.startswith("/meta/"):
            problems += _answer_problems(question, groups, definition, path, "", (root, Node("")), now)
    return problems


def english(message: str) -> dict[str, str]:
    return {"en": message}


def _answer_problems(
    question: dict[str, Any],
    groups: Iterable[dict[str, Any]],
    definition: dict[str, Any],
    place: str,
    value: str,
    chain: tuple[Node, ...],
    now: datetime,
) -> list[AnswerProblem]:
    if question["type"] in ("note", "calculate"):
        return []
    context = Context(lambda path: answer_near(chain, path), value, now)
    rules = [question.get("relevant")] + [
        group["relevant"] for group in groups if question["path"].startswith(group["path"] + "/")
    ]
    try:
        relevant = all(rule is None or boolean(evaluate(rule, context)) for rule in rules)
        if not relevant:
            return [AnswerProblem(place, "not_relevant", english("This was not to be asked."), value)] if value else []
        if not value:
            needed: Tree | None = question.get("required")
            missing = needed is not None and boolean(evaluate(needed, context))
            return [AnswerProblem(place, "required", english("An answer is needed."))] if missing else []
        if wrong := _wrong_type(question, definition, value):
            return [AnswerProblem(place, wrong[0], english(wrong[1]), value)]
        rule = question.get("constraint")
        if rule is not None and not boolean(evaluate(rule, context)):
            message = question.get("constraint_message") or english("This answer is not possible.")
            return [AnswerProblem(place, "constraint", message, value)]
    except NotSupported as outside:
        return [AnswerProblem(place, "unchecked", english(str(outside)), value)]
    return []


def _wrong_type(question: dict[str, Any], definition: dict[str, Any], value: str) -> tuple[str, str] | None:
    """Code and sentence where a value is none of its question's type."""
    type_ = question["type"]
    if type_ == "integer" and not INTEGER.fullmatch(value):
        return "type", "This must be a whole number."
    if type_ == "decimal" and number(value) != number(value):
        return "type", "This must be a number."
    if type_ in ("date", "dateTime") and moment_of(value) is None:
        return "type", "This must be a date."
    if type_ == "time" and not TIME.fullmatch(value):
        return "type", "This must be a time of day."
    if type_ == "geopoint" and point_of(value) is None:
        return "type", "This must be a position: latitude and longitude."
    if type_ in BINARY and ("/" in value or "\\" in value):
        return "type", "This must be the name of a file."
    if type_ in ("select_one", "select_multiple", "rank") and not question.get("open_choices"):
        known = definition["choices"].get(question.get("choices", ""))
        if known is not None:
            names = {choice["name"] for choice in known}
            words = [value] if type_ == "select_one" else value.split()
            if unknown := [word for word in words if word not in names]:
                return "choice", f"'{unknown[0][:40]}' is none of the choices."
    return None


def point_of(value: str) -> tuple[float, float, float | None] | None:
    """Longitude, latitude and accuracy in metres of a position written "lat lon [altitude [accuracy]]"."""
    parts = [number(part) for part in value.split()]
    if not 2 <= len(parts) <= 4 or any(part != part for part in parts):
        return None
    latitude, longitude = parts[0], parts[1]
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return longitude, latitude, parts[3] if len(parts) == 4 else None


def files_named(definition: dict[str, Any], root: Node) -> list[str]:
    """Names of the files a filled form refers to, each once, in its order."""
    binary = {question["path"] for question in definition["questions"] if question["type"] in BINARY}
    names = [value for place, value, _ in leaves(root) if value and INDEX.sub("", place) in binary]
    return list(dict.fromkeys(names))
