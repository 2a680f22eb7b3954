/* The facilities page: choose rows, record one state for all of them through the API. */
import { number, say } from "./i18n.js";
import { toast } from "./notices.js";
import { remember } from "./own.js";

const bar = document.getElementById("bulk");
const table = document.getElementById("facilities");
const boxes = () => [...table.querySelectorAll("tbody input[type=checkbox]")];
const chosen = () => boxes().filter((box) => box.checked);

function show() {
  const count = chosen().length;
  bar.hidden = count === 0;
  bar.querySelector("[data-chosen]").textContent = say("chosen", { n: number(count) });
  bar.querySelector("[data-record]").textContent = say("record_for", { n: number(count) });
  for (const box of boxes()) box.closest("tr").classList.toggle("chosen", box.checked);
}

async function record(id, fact) {
  const answer = await fetch(`/api/v1/municipalities/${bar.dataset.code}/facilities/${id}/status`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": bar.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify({ instance_id: crypto.randomUUID(), ...fact }),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? `HTTP ${answer.status}`);
  if (body.event) remember(body.event);
}

async function recordChosen() {
  const { status, cause, observed_at: at } = bar.elements;
  const fact = { status: status.value, causes: cause.value ? [cause.value] : [], measured_output: null, observed_at: new Date(at.value).toISOString(), note: "" };
  const problems = [];
  for (const box of chosen()) await record(box.value, fact).catch((problem) => problems.push(problem.message));
  if (problems.length) return toast(say("not_sent", { detail: problems[0] }), { bad: true });
  sessionStorage.setItem("reprise-said", say("sent"));
  return location.reload();
}

if (bar && table) {
  const now = new Date();
  bar.elements.observed_at.value = new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  table.addEventListener("change", (event) => {
    if ("all" in event.target.dataset) for (const box of boxes()) box.checked = event.target.checked;
    show();
  });
  bar.addEventListener("reset", () => {
    for (const box of table.querySelectorAll("input[type=checkbox]")) box.checked = false;
    setTimeout(show);
  });
  bar.addEventListener("submit", (event) => {
    event.preventDefault();
    recordChosen();
  });
}
const said = sessionStorage.getItem("reprise-said");
if (said) toast(said);
sessionStorage.removeItem("reprise-said");
