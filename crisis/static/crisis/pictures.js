/* Small pictures the map asks for by name, drawn when first needed: hatches, facility marks, damage grades, people.
   Their meaning is that of tokens.css: lines = nobody knows, dots = withheld, dashed = in part. */
import { token } from "./classes.js";
import { letter, words } from "./i18n.js";

export const SCALE = 2; // drawn at twice the size for sharp screens
const GRADES = ["none", "slight", "moderate", "heavy", "very_heavy", "destroyed", "possible", "not_assessed"];
const DARK_GRADES = new Set(["very_heavy", "destroyed"]);

/** The picture of a name, as MapLibre wants it; null for a name that is not ours. */
export function picture(name, peopleOf) {
  const [kind, ...rest] = name.split(":");
  const drawing = {
    pattern: () => pattern(rest[0]),
    facility: () => facility(rest[0], rest[1]),
    grade: () => gradeMark(rest[0], rest[1] === "small" ? 9 : 22),
    people: () => people(peopleOf(Number(rest[0]))),
    visit: () => visit(rest[0]),
  }[kind];
  const canvas = drawing?.();
  return canvas ? canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height) : null;
}

function sheet(inline, block) {
  const canvas = document.createElement("canvas");
  canvas.width = inline * SCALE;
  canvas.height = block * SCALE;
  const pen = canvas.getContext("2d");
  pen.scale(SCALE, SCALE);
  return [canvas, pen];
}

function pattern(kind) {
  const size = 8;
  const [canvas, pen] = sheet(size, size);
  if (kind !== "weak") {
    pen.fillStyle = token("f0");
    pen.fillRect(0, 0, size, size);
  }
  if (kind === "withheld") {
    pen.fillStyle = token("hatch");
    for (const [x, y] of [
      [2, 2],
      [6, 6],
    ]) {
      pen.beginPath();
      pen.arc(x, y, 1.3, 0, 2 * Math.PI);
      pen.fill();
    }
    return canvas;
  }
  pen.strokeStyle = kind === "weak" ? token("ink") : token("hatch");
  pen.globalAlpha = kind === "weak" ? 0.55 : 1;
  pen.lineWidth = kind === "weak" ? 0.8 : 1.7;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
    pen.stroke();
  }
  return canvas;
}

/** A letter in a frame: solid and red for stopped, dashed and amber for in part, thin for working, dotted for unknown. */
function facility(service, state) {
  const size = 22;
  const [canvas, pen] = sheet(size, size);
  const colour = token({ out: "out", part: "part", ok: "ok", unk: "ink-3" }[state] ?? "ink-3");
  pen.lineWidth = state === "ok" ? 1.5 : 2.5;
  pen.setLineDash({ part: [4, 2.5], unk: [1.5, 2.5] }[state] ?? []);
  pen.fillStyle = token("surface");
  pen.strokeStyle = colour;
  pen.beginPath();
  pen.roundRect(2, 2, size - 4, size - 4, 3);
  pen.fill();
  pen.stroke();
  pen.fillStyle = colour;
  text(pen, letter(service), size / 2, size / 2 + 0.5, 12);
  return canvas;
}

/** A visit: a dashed ring is planned, a diamond under way, a disc done, a cross was refused or could not be reached. */
function visit(state) {
  const size = 20,
    middle = size / 2;
  const [canvas, pen] = sheet(size, size);
  const crossed = state === "refused" || state === "inaccessible";
  const path = new Path2D();
  if (crossed)
    for (const [from, to] of [
      [5, 15],
      [15, 5],
    ]) {
      path.moveTo(5, from);
      path.lineTo(15, to);
    }
  else if (state === "under_way") path.addPath(new Path2D("M10 3 17 10 10 17 3 10Z"));
  else path.arc(middle, middle, 6, 0, 2 * Math.PI);
  // A light edge first, so that the mark stands out on every colour of the map.
  pen.strokeStyle = pen.fillStyle = token("surface");
  pen.lineWidth = crossed ? 8 : 6;
  pen.lineCap = "round";
  pen.stroke(path);
  if (!crossed) pen.fill(path);
  pen.lineCap = "butt";
  pen.strokeStyle = pen.fillStyle = token({ done: "ok", under_way: "info", planned: "ink" }[state] ?? "out");
  pen.lineWidth = crossed ? 3.5 : 2.5;
  pen.setLineDash(state === "planned" ? [3, 2.2] : []);
  if (state === "done") pen.fill(path);
  pen.stroke(path);
  return canvas;
}

function gradeMark(grade, size) {
  const [canvas, pen] = sheet(size, size);
  const known = GRADES.includes(grade) ? grade : "not_assessed";
  const asked = known === "possible" || known === "not_assessed";
  pen.fillStyle = asked ? token("g-unknown") : token(`g-${known.replace("_", "-")}`);
  pen.strokeStyle = asked || known === "none" ? token("ink-2") : token("ink");
  pen.lineWidth = size > 12 ? 1.5 : 1;
  const dash =
    size > 12 ? { possible: [4, 3], not_assessed: [1, 2.5] } : { possible: [2, 1.5], not_assessed: [1, 1.5] };
  pen.setLineDash(dash[known] ?? []);
  pen.beginPath();
  outline(pen, known, size);
  pen.fill();
  pen.stroke();
  if (size > 12) {
    pen.fillStyle = asked || known === "none" ? token("ink") : token(DARK_GRADES.has(known) ? "on-g-hi" : "on-g-lo");
    text(pen, words.grade_letters?.[known] ?? "?", size / 2, size / 2 + (known === "very_heavy" ? 3 : 0.5), size * 0.5);
  }
  return canvas;
}

function outline(pen, grade, size) {
  const [low, high, middle] = [1, size - 1, size / 2];
  const corners = {
    moderate: [
      [low + 0.5, low + 0.5],
      [high - 0.5, low + 0.5],
      [high - 0.5, high - 0.5],
      [low + 0.5, high - 0.5],
    ],
    heavy: [
      [middle, low],
      [high, middle],
      [middle, high],
      [low, middle],
    ],
    very_heavy: [
      [middle, low],
      [high, high],
      [low, high],
    ],
    destroyed: octagon(low, high, size * 0.3),
  }[grade];
  if (!corners) {
    pen.arc(middle, middle, middle - 1, 0, 2 * Math.PI);
    return;
  }
  corners.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
}

function octagon(low, high, cut) {
  return [
    [low + cut, low],
    [high - cut, low],
    [high, low + cut],
    [high, high - cut],
    [high - cut, high],
    [low + cut, high],
    [low, high - cut],
    [low, low + cut],
  ];
}

/** People present as a bar: solid hosts, dotted displaced people, outlined returnees, all of one neutral colour. */
function people(place) {
  if (!place?.people) return null;
  const length = Math.max(8, Math.min(90, place.people / 110));
  const [canvas, pen] = sheet(length + 2, 11);
  let start = 1;
  const groups = [
    [place.hosts, "solid"],
    [place.displaced, "dots"],
    [place.returnees, "outline"],
  ];
  const sum = groups.reduce((total, [count]) => total + (count ?? 0), 0) || 1;
  pen.fillStyle = token("surface");
  pen.fillRect(0, 0, length + 2, 11);
  for (const [count, texture] of groups) {
    const size = ((count ?? 0) / sum) * length;
    if (size > 0) group(pen, start, size, texture);
    start += size;
  }
  return canvas;
}

function group(pen, start, size, texture) {
  pen.fillStyle = texture === "solid" ? token("people") : token("people-2");
  pen.fillRect(start, 1, size, 9);
  pen.strokeStyle = pen.fillStyle = token("people");
  if (texture === "outline") pen.strokeRect(start + 0.5, 1.5, Math.max(0, size - 1), 8);
  if (texture === "dots")
    for (let x = start + 2; x < start + size - 0.5; x += 4)
      for (const y of [3.5, 7.5]) pen.fillRect(x - 0.8, y - 0.8, 1.6, 1.6);
}

function text(pen, said, x, y, size) {
  pen.font = `700 ${size}px ${token("sans")}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(said, x, y);
}
