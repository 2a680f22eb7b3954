/* Filling a form: one question on a screen, back never loses, the last screen shows all answers and seals. */
import { begin, Draft, throwAway } from "./drafts.js";
import { el, note, show } from "./dom.js";
import { inputFor } from "./inputs.js";
import { metres } from "./pack.js";
import { inLanguage, say, time } from "./words.js";

const NEAR_M = 60,
  NEAR_MOST = 6,
  GO_ON_MS = 250;
let held = null; // {id, release}: this tab's hold on the draft it shows

/** Shows question `step` of a draft ("check" for all answers). */
export async function fillScreen(app, id, step) {
  if (!(await hold(id))) return show({ title: say("drafts_title"), body: [note(say("in_other_tab"), "part")] });
  const draft = app.draft?.record.id === id ? app.draft : await Draft.open(id, app.pack);
  if (!draft) return app.go("#/");
  app.draft = draft;
  return step === "check" ? checkScreen(app, draft) : questionScreen(app, draft, Number(step) || 0);
}

/** One tab at a time may change a draft. */
async function hold(id) {
  if (held?.id === id) return true;
  held?.release();
  held = null;
  return new Promise((done) => {
    navigator.locks.request(`reprise-field-draft:${id}`, { ifAvailable: true }, (lock) => {
      done(Boolean(lock));
      if (!lock) return undefined;
      return new Promise((release) => (held = { id, release }));
    });
  });
}

export function letGo(app) {
  held?.release();
  held = null;
  app.draft?.save();
  app.draft = null;
}

function head(draft) {
  const saved = el("span.tiny.muted", { role: "status", id: "saved" }, say("saved", { time: time(draft.savedAt) }));
  draft.addEventListener(
    "saved",
    (event) => (saved.textContent = event.detail ? say("saved", { time: time(draft.savedAt) }) : say("no_room")),
  );
  return { title: draft.record.title, sub: draft.placeLabel() || null, beside: saved };
}

function questionScreen(app, draft, step) {
  const { filled } = draft;
  const steps = filled.steps();
  if (step >= steps.length) return app.go(`#/fill/${draft.record.id}/check`);
  const question = steps[step];
  const problem = el("div", { role: "alert" });
  const lists = app.pack.lists;
  const forward = el("button.btn.main.grow", { type: "submit", form: "question" });
  const sayNext = () => {
    const after = filled.steps()[filled.steps().findIndex((other) => other.path === question.path) + 1];
    forward.textContent = after ? say("next_is", { what: short(inLanguage(after.label)) }) : say("check");
  };
  const change = (value) => {
    problem.replaceChildren();
    const kept = draft.set(question.path, value, { now: question.type === "image" });
    sayNext();
    return kept;
  };
  const form = el(
    "form.f-question",
    {
      id: "question",
      onsubmit: (event) => {
        event.preventDefault();
        const wrong = filled.problem(question);
        if (wrong && wrong.code !== "required") {
          problem.replaceChildren(note(sentence(wrong), "out"));
          form.querySelector("input,select,textarea,button")?.focus();
          return;
        }
        draft.save();
        const at = filled.steps().findIndex((other) => other.path === question.path);
        app.go(
          at + 1 < filled.steps().length ? `#/fill/${draft.record.id}/${at + 1}` : `#/fill/${draft.record.id}/check`,
        );
      },
    },
    inputFor({ question, filled, lists, outline: app.pack.outline, photos: draft.photos, change }),
    nearby(app, question, change),
    problem,
  );
  sayNext();
  if (question.type === "select_one") goOnByTap(form);
  return show({
    ...head(draft),
    body: [
      el(
        "div.row.small",
        {},
        el("span.grow", {}, say("question_of", { n: step + 1, all: steps.length })),
        el("a.f-link", { href: `#/fill/${draft.record.id}/check` }, say("see_all")),
      ),
      el(
        "div.bar",
        { role: "img", "aria-label": say("question_of", { n: step + 1, all: steps.length }) },
        el("i.f-done", { style: `inline-size:${(100 * (step + 1)) / steps.length}%` }),
      ),
      form,
    ],
    foot: [el("a.btn", { href: step ? `#/fill/${draft.record.id}/${step - 1}` : "#/" }, say("back")), forward],
  });
}

/** A finger on one choice answers and goes on; arrow keys and screen readers only choose. Where the answer is looked at
    again the same holds, and Back never loses anything. */
function goOnByTap(form) {
  let finger = false;
  form.addEventListener("pointerdown", (event) => (finger = Boolean(event.target.closest(".pick label"))));
  form.addEventListener("keydown", () => (finger = false));
  form.addEventListener("click", (event) => {
    if (!finger || event.target.type !== "radio") return;
    finger = false;
    const at = location.hash;
    setTimeout(() => document.contains(form) && location.hash === at && form.requestSubmit(), GO_ON_MS);
  });
}

/** Buildings near the last known position, for the question that asks for a building's number. */
function nearby(app, question, change) {
  if (question.path !== "/structure" || !app.here) return null;
  const near = app.pack.structures
    .map(([id, lon, lat]) => ({ id, far: metres(app.here, [lon, lat]) }))
    .filter(({ far }) => far < NEAR_M)
    .sort((a, b) => a.far - b.far)
    .slice(0, NEAR_MOST);
  if (!near.length) return null;
  return el(
    "div.stack",
    {},
    el("p.small.muted", {}, say("near")),
    el(
      "div.row.f-wrap",
      {},
      near.map(({ id, far }) =>
        el(
          "button.btn",
          {
            type: "button",
            onclick: () => {
              change(`B-${id}`);
              document.querySelector("#question input.in").value = `B-${id}`;
            },
          },
          `B-${id} · ${say("metres", { n: Math.round(far) })}`,
        ),
      ),
    ),
  );
}

const short = (text) => (text.length > 34 ? `${text.slice(0, 32)}…` : text);
const sentence = (problem) =>
  problem.message
    ? inLanguage(problem.message)
    : say({ required: "required", type: "wrong_number", constraint: "not_possible" }[problem.code]);

function checkScreen(app, draft) {
  const { filled } = draft;
  const steps = filled.steps();
  const problems = filled.problems();
  const rows = filled
    .asked()
    .filter((question) => question.type !== "note")
    .map((question) => {
      const wrong = problems.find((problem) => problem.question.path === question.path)?.problem;
      const at = steps.findIndex((other) => other.path === question.path);
      return el(
        "li.out-row",
        {},
        el("b", {}, inLanguage(question.label) || question.path),
        at < 0
          ? clockEditor(draft, question)
          : el("a.f-link", { href: `#/fill/${draft.record.id}/${at}` }, say("change")),
        el("span.full", {}, el("bdi", {}, shown(filled, question, app.pack.lists, draft.photos))),
        wrong ? el("span.full.st.out", {}, sentence(wrong)) : null,
      );
    });
  const first = problems.length ? steps.findIndex((other) => other.path === problems[0].question.path) : -1;
  const finish = el(
    "button.btn.main.grow",
    {
      type: "button",
      disabled: problems.length > 0,
      onclick: async () => {
        finish.disabled = true;
        if (await draft.seal()) {
          app.just = { form_id: draft.record.form_id, version: draft.record.version, sticky: stickyOf(draft) };
          letGo(app);
          app.outbox.send({ now: true });
          app.go("#/waiting");
        } else {
          finish.disabled = false;
          document.getElementById("body").prepend(note(say("no_room"), "out"));
        }
      },
    },
    say("finish"),
  );
  return show({
    ...head(draft),
    body: [
      problems.length
        ? el(
            "p.note.out",
            {},
            el("a", { href: `#/fill/${draft.record.id}/${first}` }, say("to_fix", { n: problems.length })),
          )
        : el("p.note", {}, say("finish_hint")),
      el("h2.h3", {}, say("all_answers")),
      el("ul", {}, rows),
      el(
        "p",
        {},
        el(
          "button.btn",
          {
            type: "button",
            onclick: async () => {
              app.draft = null;
              letGo(app);
              app.undo = await throwAway(draft.record.id);
              app.go("#/");
            },
          },
          say("throw_away"),
        ),
      ),
    ],
    foot: [el("a.btn", { href: `#/fill/${draft.record.id}/${Math.max(0, steps.length - 1)}` }, say("back")), finish],
  });
}

function clockEditor(draft, question) {
  const value = (draft.filled.answers[question.path] ?? "").slice(0, question.type === "date" ? 10 : 16);
  return el("input.in.auto", {
    type: question.type === "date" ? "date" : "datetime-local",
    value,
    "aria-label": inLanguage(question.label),
    onchange: (event) =>
      draft.set(
        question.path,
        event.target.value ? (question.type === "date" ? event.target.value : withZone(event.target.value)) : "",
      ),
  });
}

function withZone(text) {
  const minutes = -new Date(text).getTimezoneOffset();
  const two = (value) => String(value).padStart(2, "0");
  return `${text}:00${minutes < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

function shown(filled, question, lists, photos) {
  const value = filled.answers[question.path] ?? "";
  if (!value) return say("no_answer");
  if (question.type.startsWith("select")) {
    const labels = new Map(filled.choices(question, lists).map(({ name, label }) => [name, inLanguage(label)]));
    return value
      .split(" ")
      .map((word) => labels.get(word) ?? word)
      .join(", ");
  }
  if (question.type === "image") return photos[value] ? "✓" : say("no_answer");
  if (question.type === "geopoint") {
    const [lat, lon, , accuracy] = value.split(" ").map(Number);
    return say("position_of", { lat: lat.toFixed(5), lon: lon.toFixed(5), m: Math.round(accuracy || 0) });
  }
  return question.type === "dateTime" ? new Date(value).toLocaleString(document.documentElement.lang) : value;
}

/** What the next record of the same form most likely shares: only where it is, never what was seen. */
function stickyOf(draft) {
  const { answers } = draft.filled;
  return Object.fromEntries(
    ["/neighbourhood", "/site"].filter((path) => answers[path]).map((path) => [path, answers[path]]),
  );
}

/** Begins a record and opens its first question. */
export async function start(app, form, known) {
  app.go(`#/fill/${await begin(app.pack, form, known)}/0`);
}
