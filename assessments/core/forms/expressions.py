"""Expressions of forms (constraint, relevant, required, calculate, default), parsed once and evaluated anywhere.

An expression is the part of XPath 1.0 with ODK's functions that field forms use (XForms specification of ODK, section
"XPath functions"). It is kept as nested JSON lists, so that the phone and the server evaluate the same thing:

    ["num", 3]  ["str", "a"]  ["ref", "/place/neighbourhood"]  ["self"]  ["neg", x]  [op, left, right]  ["call", f, ...]

`op` is one of OPERATORS, `f` one of FUNCTIONS. What lies outside raises NotSupported: such a form is for ODK Collect
only.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

Tree = list[Any]
Value = str | float | bool
OPERATORS = ("or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod")
DEEPEST = 50
LONGEST = 4_000
LONGEST_PATTERN = 200
LONGEST_MATCHED = 10_000


class NotSupported(Exception):
    """The expression uses something outside of the list; the text says what."""


@dataclass(frozen=True)
class Context:
    """What an expression can see: `answer` gives the text at a path of the form, `own` is the value asked about."""

    answer: Callable[[str], str]
    own: str
    now: datetime


TOKEN = re.compile(
    r"\s*(?:(?P<num>\d+(?:\.\d+)?|\.\d+)|(?P<str>'[^']*'|\"[^\"]*\")"
    r"|(?P<path>(?:/|\.\./)[\w.\-:/]*|current\(\)[\w./\-]*)|(?P<sym><=|>=|!=|[=<>+\-*(),\[\]|@$.])"
    r"|(?P<name>[^\W\d][\w\-.:]*))",
    re.UNICODE,
)


def parse(text: str, *, own_path: str, root: str) -> Tree:
    """The tree of an expression. Paths become absolute below the form's root: `/data/a/b` and `../b` are `/a/b`."""
    if len(text) > LONGEST:
        raise NotSupported(f"An expression is longer than {LONGEST} characters.")
    parser = _Parser(_tokens(text), own_path, root)
    tree = parser.expression(0)
    if parser.rest():
        raise NotSupported(f"'{parser.rest()[0][1]}' is not expected there.")
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise NotSupported(f"'{text[at : at + 20]}' cannot be read.")
        kind = str(match.lastgroup)
        found.append((kind, match.group(kind)))
        at = match.end()
    return found


LEVELS: tuple[tuple[str, ...], ...] = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"),
                                       ("*", "div", "mod"))  # fmt: skip


class _Parser:
    """By precedence, lowest first (XPath 1.0, section 3)."""

    def __init__(self, tokens: list[tuple[str, str]], own_path: str, root: str) -> None:
        self.tokens, self.at, self.own_path, self.root, self.depth = tokens, 0, own_path, root, 0

    def rest(self) -> list[tuple[str, str]]:
        return self.tokens[self.at :]

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def expression(self, level: int) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST * len(LEVELS):
            raise NotSupported("The expression is nested too deeply.")
        try:
            if level == len(LEVELS):
                return self.unary()
            tree = self.expression(level + 1)
            while self.peek()[0] in ("sym", "name") and self.peek()[1] in LEVELS[level]:
                _, operator = self.take()
                tree = [operator, tree, self.expression(level + 1)]
            return tree
        finally:
            self.depth -= 1

    def unary(self) -> Tree:
        if self.peek() == ("sym", "-"):
            self.take()
            return ["neg", self.unary()]
        return self.primary()

    def primary(self) -> Tree:
        kind, text = self.take()
        if kind == "num":
            return ["num", float(text)]
        if kind == "str":
            return ["str", text[1:-1]]
        if kind == "path":
            return ["ref", self.resolved(text)]
        if (kind, text) == ("sym", "."):
            return ["self"]
        if (kind, text) == ("sym", "("):
            tree = self.expression(0)
            self.closing()
            return tree
        if kind == "name" and self.peek() == ("sym", "("):
            return self.call(text)
        raise NotSupported(f"'{text or 'the end'}' is not supported there.")

    def closing(self) -> None:
        if self.take() != ("sym", ")"):
            raise NotSupported("A bracket is not closed, or something in it is not supported.")

    def call(self, name: str) -> Tree:
        if name not in FUNCTIONS:
            raise NotSupported(f"The function {name}() is not supported.")
        self.take()
        arguments: list[Tree] = []
        if self.peek() != ("sym", ")"):
            arguments.append(self.expression(0))
            while self.peek() == ("sym", ","):
                self.take()
                arguments.append(self.expression(0))
        self.closing()
        low, high = FUNCTIONS[name][:2]
        if not low <= len(arguments) <= high:
            raise NotSupported(f"{name}() was given {len(arguments)} values.")
        return ["call", name, *arguments]

    def resolved(self, path: str) -> str:
        if self.peek() in (("sym", "["), ("sym", "@"), ("sym", "*")) and self.peek()[1] == "[":
            raise NotSupported("Paths with conditions are not supported.")
        if path.startswith("current()"):
            path = path.removeprefix("current()").lstrip("/")
            path = path.removeprefix("./")
        if path.startswith("/"):
            steps = path.strip("/").split("/")
            if steps[0] != self.root:
                raise NotSupported(f"The path {path} does not begin at the form.")
            return "/" + "/".join(steps[1:])
        steps = self.own_path.strip("/").split("/")
        for step in path.strip("/").split("/"):
            if step == "..":
                if not steps:
                    raise NotSupported(f"The path {path} leads out of the form.")
                steps.pop()
            elif step not in ("", "."):
                steps.append(step)
        return "/" + "/".join(steps)


def evaluate(tree: Tree, context: Context) -> Value:
    """The value of an expression: text, number or truth (XPath 1.0 conversions; dates compare as days since 1970)."""
    head = tree[0]
    if head in ("num", "str"):
        return tree[1]
    if head == "ref":
        return context.answer(tree[1])
    if head == "self":
        return context.own
    if head == "neg":
        return -number(evaluate(tree[1], context))
    if head == "or":
        return boolean(evaluate(tree[1], context)) or boolean(evaluate(tree[2], context))
    if head == "and":
        return boolean(evaluate(tree[1], context)) and boolean(evaluate(tree[2], context))
    if head == "call":
        return _called(tree, context)
    left, right = evaluate(tree[1], context), evaluate(tree[2], context)
    if head in ("=", "!="):
        return _equal(left, right) == (head == "=")
    return _calculated(head, number(left), number(right))


def _calculated(operator: str, a: float, b: float) -> Value:
    if operator in ("<", "<=", ">", ">="):
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]
    if operator == "div":
        return a / b if b else (math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a))
    if operator == "mod":
        return math.fmod(a, b) if b and math.isfinite(a) else math.nan
    return {"+": a + b, "-": a - b, "*": a * b}[operator]


def _equal(a: Value, b: Value) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return boolean(a) == boolean(b)
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    return number(a) == number(b)


def boolean(value: Value) -> bool:
    if isinstance(value, str):
        return value != ""
    return bool(value) and not (isinstance(value, float) and math.isnan(value))


NUMBER = re.compile(r"\s*-?(\d{1,300}(\.\d*)?|\.\d+)\s*")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def number(value: Value) -> float:
    """As XPath's number(), and a date or moment as days since 1970 (ODK XForms, date conversion)."""
    if isinstance(value, str):
        if NUMBER.fullmatch(value):
            return float(value)
        moment = moment_of(value)
        return math.nan if moment is None else (moment - EPOCH) / timedelta(days=1)
    return float(value)


def moment_of(text: str) -> datetime | None:
    """A date (its midnight UTC) or moment as phones write them; None when it is neither."""
    text = text.strip()
    if not 10 <= len(text) <= 40 or not text[:4].isdigit():
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def string(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
    return value


def _called(tree: Tree, context: Context) -> Value:
    name, arguments = tree[1], tree[2:]
    if name == "if":
        return evaluate(arguments[1 if boolean(evaluate(arguments[0], context)) else 2], context)
    if name == "coalesce":
        values = (string(evaluate(argument, context)) for argument in arguments)
        return next((value for value in values if value), "")
    if name == "today":
        return context.now.date().isoformat()
    if name == "now":
        return context.now.isoformat()
    function: Callable[..., Value] = FUNCTIONS[name][2]
    return function(*[evaluate(argument, context) for argument in arguments])


def _regex(value: Value, pattern: Value) -> bool:
    text, written = string(value), string(pattern)
    if len(written) > LONGEST_PATTERN or len(text) > LONGEST_MATCHED or _explodes(written):
        raise NotSupported("The pattern of a regex() is too long or too slow to be tried here.")
    try:
        return (
            re.fullmatch(written, text) is not None if not written.startswith("^") else bool(re.search(written, text))
        )
    except (re.error, RecursionError) as error:
        raise NotSupported(f"The pattern {written[:40]} cannot be read.") from error


def _explodes(pattern: str) -> bool:
    """Repetition of a group that itself repeats: exponential in our matcher, so it is left to the reviewer."""
    return bool(re.search(r"[+*}]\)?[+*{]|\([^)]*[+*}][^)]*\)[+*{]|\|[^)]*\)[+*{]|\\\d", pattern))


def _selected_at(value: Value, place: Value) -> str:
    words, at = string(value).split(), number(place)
    return words[int(at)] if math.isfinite(at) and 0 <= at < len(words) else ""


def _substr(value: Value, start: Value, end: Value = math.inf) -> str:
    text, low, high = string(value), number(start), number(end)
    return text[int(low) : int(high) if math.isfinite(high) else None] if math.isfinite(low) else ""


def _round(value: Value, places: Value = 0.0) -> float:
    exact, digits = number(value), number(places)
    if not math.isfinite(exact) or not math.isfinite(digits) or abs(digits) > 15:
        return exact
    factor = 10.0 ** int(digits)
    return math.floor(exact * factor + 0.5) / factor


def _numbers(values: Sequence[Value]) -> list[float]:
    return [number(value) for value in values if value != ""]


def _extreme(choose: Callable[[list[float]], float], values: Sequence[Value]) -> float:
    """What is no number makes the whole no number, wherever it stands."""
    exact = _numbers(values)
    return choose(exact) if exact and not any(math.isnan(value) for value in exact) else math.nan


def _int(value: Value) -> float:
    exact = number(value)
    return float(math.trunc(exact)) if math.isfinite(exact) else exact


# Name: fewest and most arguments, and what it does. This list is the one of phone and server.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Value]]] = {
    "selected": (2, 2, lambda value, word: string(word) in string(value).split()),
    "count-selected": (1, 1, lambda value: float(len(string(value).split()))),
    "selected-at": (2, 2, _selected_at),
    "if": (3, 3, bool),
    "coalesce": (1, 20, str),
    "string-length": (1, 1, lambda value: float(len(string(value)))),
    "regex": (2, 2, _regex),
    "contains": (2, 2, lambda value, part: string(part) in string(value)),
    "starts-with": (2, 2, lambda value, part: string(value).startswith(string(part))),
    "ends-with": (2, 2, lambda value, part: string(value).endswith(string(part))),
    "concat": (1, 20, lambda *values: "".join(string(value) for value in values)),
    "normalize-space": (1, 1, lambda value: " ".join(string(value).split())),
    "substr": (2, 3, _substr),
    "number": (1, 1, number),
    "int": (1, 1, _int),
    "round": (1, 2, _round),
    "abs": (1, 1, lambda value: abs(number(value))),
    "min": (1, 20, lambda *values: _extreme(min, values)),
    "max": (1, 20, lambda *values: _extreme(max, values)),
    "string": (1, 1, string),
    "boolean": (1, 1, boolean),
    "boolean-from-string": (1, 1, lambda value: string(value) in ("true", "1")),
    "not": (1, 1, lambda value: not boolean(value)),
    "true": (0, 0, lambda: True),
    "false": (0, 0, lambda: False),
    "today": (0, 0, str),
    "now": (0, 0, str),
    "date": (1, 1, lambda value: value),
    "decimal-date-time": (1, 1, number),
}
