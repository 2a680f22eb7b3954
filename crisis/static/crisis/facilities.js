/* The facilities page: choose rows or give each its state by one key, record all of them in one request, undo. */
import { number, say, status as stateWord } from "./i18n.js";
import { toast } from "./notices.js";
import { remember } from "./own.js";

const bar = document.getElementById("bulk");
const table = document.getElementById("facilities");
const boxes = () => [...table.querySelectorAll("tbody input[type=checkbox]:enabled")];
const chosen = () => boxes().filter((box) => box.checked);
const STATE_KEYS = {
  1: "fully_functional",
  2: "partially_functional",
  3: "minimal",
  4: "not_functional",
  5: "unknown",
};

function show() {
  const count = chosen().length;
  bar.hidden = count === 0;
  bar.querySelector("[data-chosen]").textContent = say("chosen", { n: number(count) });
  bar.querySelector("[data-record]").textContent = say("record_for", { n: number(count) });
  for (const box of boxes()) {
    const row = box.closest("tr");
    row.classList.toggle("chosen", box.checked);
    if (!box.checked) mark(box, null);
  }
}

/** A state of its own for one row; without one it takes the state of the bar. */
function mark(box, state) {
  const cell = box.closest("tr").querySelector("[data-state]");
  cell.querySelector(".pending")?.remove();
  delete box.dataset.state;
  if (!state) return;
  box.dataset.state = state;
  cell.append(
    Object.assign(document.createElement("span"), {
      className: "tag info pending",
      textContent: `→ ${stateWord(state)}`,
    }),
  );
}

async function post(path, body) {
  const answer = await fetch(`/api/v1/municipalities/${bar.dataset.code}/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": bar.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? `HTTP ${answer.status}`);
  if (told.event) remember(told.event);
  return told;
}

async function recordChosen() {
  const { status, cause, observed_at: at } = bar.elements;
  const seen = { observed_at: new Date(at.value).toISOString(), causes: cause.value ? [cause.value] : [] };
  const statuses = chosen().map((box) => {
    const own = box.dataset.state;
    const fact = {
      facility: Number(box.value),
      instance_id: crypto.randomUUID(),
      status: own ?? status.value,
      ...seen,
    };
    return own === "fully_functional" ? { ...fact, causes: [] } : fact;
  });
  try {
    const told = await post("statuses", { statuses });
    const problem = told.outcomes.find((outcome) => outcome.problem)?.problem;
    const done = {
      text: told.recorded.length === 1 ? say("sent") : say("recorded", { n: number(told.recorded.length) }),
      ids: told.recorded,
    };
    if (problem) done.text += ` ${say("some_refused", { n: number(told.refused), detail: problem })}`;
    sessionStorage.setItem("reprise-said", JSON.stringify(done));
    location.reload();
  } catch (problem) {
    toast(say("not_sent", { detail: problem.message }), { bad: true });
  }
}

async function takeBack(ids) {
  try {
    await post("statuses/withdraw", { statuses: ids });
    sessionStorage.setItem("reprise-said", JSON.stringify({ text: say("taken_back"), ids: [] }));
    location.reload();
  } catch (problem) {
    toast(say("not_sent", { detail: problem.message }), { bad: true });
  }
}

function onKey(event) {
  const box = event.target.closest?.("tbody input[type=checkbox]");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = boxes();
  const at = all.indexOf(box);
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (step) {
    if (event.shiftKey) box.checked = true;
    all[at + step]?.focus();
  } else if (event.key in STATE_KEYS) {
    box.checked = true;
    mark(box, STATE_KEYS[event.key]);
    all[at + 1]?.focus();
  } else if (event.key === "x") {
    box.checked = !box.checked;
  } else if (event.key === "Enter") {
    if (chosen().length) bar.requestSubmit();
  } else return;
  event.preventDefault();
  event.stopPropagation();
  show();
}

if (bar && table) {
  const now = new Date();
  bar.elements.observed_at.value = new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  table.addEventListener("change", (event) => {
    if ("all" in event.target.dataset) for (const box of boxes()) box.checked = event.target.checked;
    show();
  });
  table.addEventListener("keydown", onKey);
  bar.addEventListener("reset", () => {
    for (const box of table.querySelectorAll("input[type=checkbox]")) box.checked = false;
    setTimeout(show);
  });
  bar.addEventListener("submit", (event) => {
    event.preventDefault();
    recordChosen();
  });
}
const said = JSON.parse(sessionStorage.getItem("reprise-said") ?? "null");
sessionStorage.removeItem("reprise-said");
if (said) toast(said.text, said.ids.length ? { undo: () => takeBack(said.ids) } : {});
