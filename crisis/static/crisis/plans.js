/* Plans: the card of a solve under way. It reads its state from the server and so survives a reload or another day. */
import { number, say } from "./i18n.js";

const LOOK_EVERY_MS = 1000;
const WORKING = new Set(["queued", "running"]);

/** How near to the proven best: full at a gap of 0, empty at 20 % and more. */
function nearness(gap) {
  return gap === null ? 0 : Math.max(0, 1 - gap / 0.2);
}

async function follow(card) {
  const answer = await fetch(card.dataset.run).catch(() => null);
  const run = answer?.ok ? await answer.json() : null;
  if (run && !WORKING.has(run.state)) return location.reload();
  if (run) show(card, run);
  return setTimeout(() => follow(card), LOOK_EVERY_MS);
}

function show(card, run) {
  const bar = card.querySelector("[role=progressbar]");
  const share = nearness(run.gap);
  bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  bar.firstElementChild.style.inlineSize = `${(share * 100).toFixed(1)}%`;
  if (run.gain === null) return;
  const said = card.querySelector("[data-said]");
  const text =
    run.bound === null
      ? say("plan_first", { n: number(run.gain) })
      : say("plan_between", { n: number(run.gain), most: number(run.bound) });
  if (said.textContent !== text) said.textContent = text;
}

for (const card of document.querySelectorAll("[data-run]")) follow(card);
/* How sure a plan is comes a little after the plan itself. */
const waiting = document.querySelector("[data-waits]");
if (waiting) {
  const look = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    if (text && !text.includes("data-waits")) return location.reload();
    return setTimeout(look, 5 * LOOK_EVERY_MS);
  };
  setTimeout(look, 3 * LOOK_EVERY_MS);
}
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
