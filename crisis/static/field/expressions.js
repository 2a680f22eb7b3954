/* The expressions of forms, as trees (assessments/core/forms/expressions.py makes them and evaluates the same trees on the
   server; a test compares the two). Values are text, numbers or truth, with the conversions of XPath 1.0. */

const NUMBER = /^\s*-?(\d{1,300}(\.\d*)?|\.\d+)\s*$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:[T ](?:\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const DAY_MS = 86_400_000;

/** Thrown by what this phone cannot try; the server tries it again. */
export class NotSupported extends Error {}

export function boolean(value) {
  if (typeof value === "string") return value !== "";
  return Boolean(value) && !Number.isNaN(value);
}

/** As XPath's number(); a date or moment becomes days since 1970. */
export function number(value) {
  if (typeof value !== "string") return Number(value);
  if (NUMBER.test(value)) return Number(value);
  const moment = momentOf(value);
  return moment === null ? NaN : moment / DAY_MS;
}

/** Milliseconds since 1970 of a date (its midnight UTC) or moment, null when the text is neither. */
function momentOf(text) {
  const written = text.trim();
  if (!MOMENT.test(written)) return null;
  const zoned = written.length === 10 || /(?:Z|[+-]\d{2}:?\d{2})$/.test(written.slice(10)) ? written : `${written}Z`;
  const moment = Date.parse(zoned.replace(" ", "T").replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(moment) ? null : moment;
}

export function string(value) {
  if (typeof value === "boolean") return value ? "true" : "false";
  return String(value);
}

/** The value of a tree. `context`: {answer(path) -> text, own: text, now: Date}. */
export function evaluate(tree, context) {
  const [head, ...rest] = tree;
  const of = (part) => evaluate(part, context);
  switch (head) {
    case "num":
    case "str":
      return rest[0];
    case "ref":
      return context.answer(rest[0]);
    case "self":
      return context.own;
    case "neg":
      return -number(of(rest[0]));
    case "or":
      return boolean(of(rest[0])) || boolean(of(rest[1]));
    case "and":
      return boolean(of(rest[0])) && boolean(of(rest[1]));
    case "call":
      return called(rest[0], rest.slice(1), context);
    case "=":
      return equal(of(rest[0]), of(rest[1]));
    case "!=":
      return !equal(of(rest[0]), of(rest[1]));
    default:
      return calculated(head, number(of(rest[0])), number(of(rest[1])));
  }
}

function calculated(operator, a, b) {
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "div":
      return b === 0 ? (a === 0 || Number.isNaN(a) ? NaN : Math.sign(a) * Infinity) : a / b;
    case "mod":
      return b && Number.isFinite(a) ? a % b : NaN;
    default:
      throw new NotSupported(operator);
  }
}

function equal(a, b) {
  if (typeof a === "boolean" || typeof b === "boolean") return boolean(a) === boolean(b);
  if (typeof a === "string" && typeof b === "string") return a === b;
  return number(a) === number(b);
}

const words = (value) => string(value).split(/\s+/).filter(Boolean);
const letters = (value) => [...string(value)];
const numbers = (values) => values.filter((value) => value !== "").map(number);
const most = (values, choose) => (values.length ? (values.some(Number.isNaN) ? NaN : choose(...values)) : NaN);

const FUNCTIONS = {
  selected: (value, word) => words(value).includes(string(word)),
  "count-selected": (value) => words(value).length,
  "selected-at": (value, place) => words(value)[Math.trunc(number(place))] ?? "",
  "string-length": (value) => letters(value).length,
  regex: (value, pattern) => matches(string(value), string(pattern)),
  contains: (value, part) => string(value).includes(string(part)),
  "starts-with": (value, part) => string(value).startsWith(string(part)),
  "ends-with": (value, part) => string(value).endsWith(string(part)),
  concat: (...values) => values.map(string).join(""),
  "normalize-space": (value) => words(value).join(" "),
  substr: substr,
  number: number,
  int: (value) => (Number.isFinite(number(value)) ? Math.trunc(number(value)) : number(value)),
  round: round,
  abs: (value) => Math.abs(number(value)),
  min: (...values) => most(numbers(values), Math.min),
  max: (...values) => most(numbers(values), Math.max),
  string: string,
  boolean: boolean,
  "boolean-from-string": (value) => ["true", "1"].includes(string(value)),
  not: (value) => !boolean(value),
  true: () => true,
  false: () => false,
  date: (value) => value,
  "decimal-date-time": number,
};

function called(name, parts, context) {
  const of = (part) => evaluate(part, context);
  switch (name) {
    case "if":
      return of(parts[boolean(of(parts[0])) ? 1 : 2]);
    case "coalesce":
      return parts.map((part) => string(of(part))).find((value) => value) ?? "";
    case "today":
      return localDay(context.now);
    case "now":
      return localMoment(context.now);
    default:
      if (!Object.hasOwn(FUNCTIONS, name)) throw new NotSupported(name);
      return FUNCTIONS[name](...parts.map(of));
  }
}

function matches(text, pattern) {
  let compiled;
  try {
    compiled = new RegExp(pattern.startsWith("^") ? pattern : `^(?:${pattern})$`, "u");
  } catch {
    throw new NotSupported("regex");
  }
  return compiled.test(text);
}

function substr(value, start, end = Infinity) {
  const low = number(start),
    high = number(end);
  if (!Number.isFinite(low)) return "";
  return letters(value)
    .slice(Math.trunc(low), Number.isFinite(high) ? Math.trunc(high) : undefined)
    .join("");
}

function round(value, places = 0) {
  const exact = number(value),
    digits = number(places);
  if (!Number.isFinite(exact) || !Number.isFinite(digits) || Math.abs(digits) > 15) return exact;
  const factor = 10 ** Math.trunc(digits);
  return Math.floor(exact * factor + 0.5) / factor;
}

const two = (value) => String(value).padStart(2, "0");

/** The phone's day, YYYY-MM-DD. */
const localDay = (now) => `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;

/** The phone's moment with its offset from UTC. */
export function localMoment(now) {
  const offset = -now.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${localDay(now)}T${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}${zone}`;
}
