/* The weighing: sliders beside number boxes, weights while values are typed, and what others answer, live. */
import { number, percent, say } from "./i18n.js";
import { Live } from "./live.js";

const BEST = 100;
const WAIT_MS = 500;
const page = JSON.parse(document.getElementById("page").textContent);
const board = document.getElementById("board");

// ---- one's own answer: slider and box say the same, the best one is marked

for (const form of document.querySelectorAll("[data-swing]")) {
  const rows = [...form.querySelectorAll(".swings li")].map((row) => ({
    row,
    slider: row.querySelector("[type=range]"),
    box: row.querySelector(".n"),
  }));
  const best = form.querySelector("[data-best]");
  const mark = () => {
    for (const { row, box } of rows) row.classList.toggle("best", Number(box.value) === BEST);
    best.hidden = rows.some(({ box }) => Number(box.value) === BEST);
  };
  for (const { slider, box } of rows) {
    slider.hidden = false;
    slider.addEventListener("input", () => ((box.value = slider.value), mark()));
    box.addEventListener("input", () => ((slider.value = box.value || 0), mark()));
  }
  mark();
}

// ---- values being agreed: weights beside them, and after a moment what they change

function weigh() {
  const fields = [...board.querySelectorAll("[data-points]")];
  if (!fields.length) return;
  const total = fields.reduce((sum, field) => sum + (Number(field.value) || 0), 0);
  const kept = Number(board.querySelector("[data-kept]")?.dataset.kept ?? 0);
  for (const field of fields) {
    const shown = board.querySelector(`[data-weight="${field.dataset.points}"]`);
    shown.textContent = total > 0 ? percent(((1 - kept) * (Number(field.value) || 0)) / total) : "–";
  }
}

let waiting = null;
let asked = 0;

function workOut() {
  clearTimeout(waiting);
  waiting = setTimeout(showEffect, WAIT_MS);
}

async function showEffect() {
  const place = document.getElementById("effect");
  if (!place) return;
  const turn = ++asked;
  const typed = [...board.querySelectorAll("[data-points]")].map((field) => [field.name, field.value]);
  const stated = [...board.querySelectorAll("[data-value]")].map((cell) => [
    `points-${cell.dataset.weight}`,
    cell.dataset.value,
  ]);
  const values = new URLSearchParams(typed.length ? typed : stated);
  place.setAttribute("aria-busy", "true");
  const got = await fetch(`${board.dataset.effect}?${values}`).catch(() => null);
  if (turn !== asked) return;
  place.removeAttribute("aria-busy");
  if (got?.ok) place.innerHTML = await got.text();
}

board.addEventListener("input", (event) => {
  if (!event.target.matches("[data-points]")) return;
  weigh();
  workOut();
});

// ---- what others do: the board is fetched again, what is being typed stays

function written() {
  const fields = [...board.querySelectorAll("input:not([type=hidden]), textarea")];
  return new Map(
    fields.filter((field) => field.value !== field.defaultValue).map((field) => [field.name, field.value]),
  );
}

async function refresh() {
  const got = await fetch(board.dataset.board).catch(() => null);
  if (!got?.ok) return;
  const fresh = document.createElement("div");
  fresh.innerHTML = await got.text();
  const [before, now] = [board, fresh].map((part) => part.querySelector("[data-state]").dataset);
  if (before.state !== now.state || before.round !== now.round) return location.reload();
  const kept = written();
  const focus =
    document.activeElement?.name && board.contains(document.activeElement) ? document.activeElement.name : null;
  const open = [...board.querySelectorAll("details")].map((part) => part.open);
  const effect = document.getElementById("effect")?.innerHTML;
  board.replaceChildren(...fresh.childNodes);
  for (const [name, value] of kept) board.querySelector(`[name="${name}"]`).value = value;
  board.querySelectorAll("details").forEach((part, index) => (part.open = open[index] ?? false));
  if (effect && document.getElementById("effect")) document.getElementById("effect").innerHTML = effect;
  if (focus) board.querySelector(`[name="${focus}"]`)?.focus();
  weigh();
}

const live = new Live({ code: page.code, seq: page.seq, epoch: page.epoch, asOf: page.as_of });
live.addEventListener("happened", ({ detail }) => {
  if (detail.kind === "weights.changed" && detail.shows?.weighing === page.weighing) refresh();
  if (detail.kind === "meeting.changed") refresh();
});
live.addEventListener("reset", () => location.reload());
live.addEventListener("state", () => {
  const sign = document.getElementById("live");
  const minutes = Math.max(1, Math.round((Date.now() - live.asOf) / 60_000));
  const text = live.state === "delayed" ? say("delayed", { n: number(minutes) }) : say(live.state);
  sign.className = `live ${{ live: "", offline: "off" }[live.state] ?? "late"}`;
  if (sign.textContent !== text) sign.textContent = text;
});
live.start();
weigh();
showEffect();
