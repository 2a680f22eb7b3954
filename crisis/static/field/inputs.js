/* One question, as something to answer. Every input calls `change(text)` with what the form keeps. */
import { el, note, svg } from "./dom.js";
import { fits, shrink } from "./photo.js";
import { placeInput } from "./place.js";
import { inLanguage, kilobytes, say } from "./words.js";

const GRADES = {
  none: ["circle", "N"],
  slight: ["circle", "S"],
  moderate: ["square", "M"],
  heavy: ["diamond", "H"],
  very_heavy: ["triangle", "V"],
  destroyed: ["octagon", "D"],
  possible: ["open", "?"],
};
const SHAPES = {
  circle: () => svg("circle", { cx: 14, cy: 14, r: 12 }),
  open: () => svg("circle", { cx: 14, cy: 14, r: 12, "stroke-dasharray": "4 3" }),
  square: () => svg("rect", { x: 3, y: 3, width: 22, height: 22, rx: 2 }),
  diamond: () => svg("path", { d: "M14 .5 27.5 14 14 27.5.5 14Z" }),
  triangle: () => svg("path", { d: "M14 1 27.5 26H.5Z" }),
  octagon: () => svg("path", { d: "M8.5.5h11l8 8v11l-8 8h-11l-8-8v-11Z" }),
};
const MANY = 8;

export function inputFor({ question, filled, lists, outline, photos, change }) {
  const value = filled.answers[question.path] ?? "";
  const required = filled.required(question);
  const legend = el(
    "legend.h2",
    {},
    inLanguage(question.label) || question.path,
    required ? null : el("span.small.muted", {}, ` (${say("optional")})`),
  );
  const hint = question.hint ? el("p.muted", {}, inLanguage(question.hint)) : null;
  const inside = (...parts) => el("fieldset.stack", {}, legend, hint, ...parts);
  switch (question.type) {
    case "note":
      return inside();
    case "select_one":
      return choose({ question, filled, lists, value, change, legend, hint, several: false });
    case "select_multiple":
      return choose({ question, filled, lists, value, change, legend, hint, several: true });
    case "geopoint":
      return placeInput({ value, change, outline, label: legend });
    case "image":
      return inside(photoInput({ question, value, photos, change }));
    case "acknowledge":
      return el(
        "fieldset.pick",
        {},
        legend,
        hint,
        tick(say("ack"), "checkbox", question.path, "OK", value === "OK", (on) => change(on ? "OK" : "")),
      );
    default:
      return inside(textInput(question, value, change));
  }
}

function textInput(question, value, change) {
  const kinds = {
    integer: ["text", "numeric"],
    decimal: ["text", "decimal"],
    date: ["date"],
    time: ["time"],
    dateTime: ["datetime-local"],
  };
  const [type, mode] = kinds[question.type] ?? ["text"];
  const shown = question.type === "dateTime" ? value.slice(0, 16) : value;
  const written = (event) => change(tidy(question.type, event.target.value));
  const name = { "aria-label": inLanguage(question.label), oninput: written };
  if (question.appearance?.includes("multiline")) return el("textarea.in", { rows: 5, ...name }, shown);
  return el("input.in", { type, inputmode: mode, value: shown, autocomplete: "off", ...name });
}

function tidy(type, text) {
  if (type === "dateTime") return text ? `${text}:00` : "";
  if (type !== "integer" && type !== "decimal") return text;
  // Eastern digits and the decimal comma mean the same number.
  return text
    .trim()
    .replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660)
    .replace(/[۰-۹]/g, (digit) => digit.charCodeAt(0) - 0x6f0)
    .replace(/[,٫]/, ".");
}

function choose({ question, filled, lists, value, change, legend, hint, several }) {
  const choices = filled.choices(question, lists);
  if (!several && question.appearance?.includes("minimal") && choices.length > MANY) {
    const select = el(
      "select.in",
      { "aria-label": inLanguage(question.label), onchange: (event) => change(event.target.value) },
      el("option", { value: "" }, "–"),
      ...choices.map(({ name, label }) => el("option", { value: name, selected: name === value }, inLanguage(label))),
    );
    return el("fieldset.stack", {}, legend, hint, select);
  }
  const chosen = new Set(several ? value.split(" ").filter(Boolean) : [value]);
  return el(
    "fieldset.pick",
    {},
    legend,
    hint,
    choices.map(({ name, label }) =>
      tick(inLanguage(label), several ? "checkbox" : "radio", question.path, name, chosen.has(name), (on) => {
        if (!several) return change(name);
        if (on) chosen.add(name);
        else chosen.delete(name);
        return change(
          choices
            .map((choice) => choice.name)
            .filter((word) => chosen.has(word))
            .join(" "),
        );
      }),
    ),
  );
}

/** A whole row to press. "Heavy: a wall leans" shows its first word large and the rest below. */
function tick(label, type, group, name, checked, changed) {
  const [head, ...rest] = label.split(/:\s| : /);
  return el(
    "label",
    {},
    gradeMark(name) ?? el("span"),
    el("span", {}, el("b", {}, head), rest.length ? el("small", {}, rest.join(": ")) : null),
    el("input", { type, name: group, value: name, checked, onchange: (event) => changed(event.target.checked) }),
  );
}

function gradeMark(name) {
  if (!Object.hasOwn(GRADES, name)) return null;
  const [shape, letter] = GRADES[name];
  return svg(
    "svg",
    { class: `gd g-${name}`, viewBox: "0 0 28 28", "aria-hidden": "true" },
    SHAPES[shape](),
    svg("text", { x: 14, y: shape === "triangle" ? 22.5 : 19 }, letter),
  );
}

function photoInput({ question, value, photos, change }) {
  const status = el("div", { role: "status" });
  const show = (name) => {
    const bytes = photos[name];
    if (!bytes) return status.replaceChildren();
    const address = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    const image = el("img.f-photo", { src: address, alt: "" });
    image.addEventListener("load", () => URL.revokeObjectURL(address));
    return status.replaceChildren(image, el("p.small", {}, say("photo_kept", { kb: kilobytes(bytes.byteLength) })));
  };
  const take = el("input", {
    type: "file",
    accept: "image/*",
    capture: "environment",
    "aria-label": inLanguage(question.label),
    class: "vh",
    id: "photo",
    onchange: async (event) => {
      const [file] = event.target.files;
      if (!file) return;
      let bytes;
      try {
        bytes = await shrink(file, question.max_pixels ?? 1600);
      } catch {
        status.replaceChildren(note(say("photo_bad"), "out"));
        return;
      }
      if (!(await fits(bytes.byteLength * 3))) {
        status.replaceChildren(note(say("no_room"), "out"));
        return;
      }
      const name = `${crypto.randomUUID().slice(0, 13)}.jpg`;
      const before = filledName;
      photos[name] = bytes;
      const kept = await change(name);
      if (kept === false) {
        delete photos[name];
        await change(before);
        status.replaceChildren(note(say("no_room"), "out"));
        return;
      }
      if (before) delete photos[before];
      filledName = name;
      show(name);
      label.textContent = say("another_photo");
    },
  });
  let filledName = value;
  const label = el("label.btn.main.wide", { for: "photo" }, say(value ? "another_photo" : "take_photo"));
  show(value);
  return el("div.stack", {}, take, label, status);
}
