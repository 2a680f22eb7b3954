/* Imports: the bar while a file is sent, and the job card, which reads its state from the server and so survives a
   reload or another day. */
import { number, say } from "./i18n.js";
import { toast } from "./notices.js";

const LOOK_EVERY_MS = 1500;
const WORKING = new Set(["queued", "running", "checking"]);

function show(bar, share) {
  bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  bar.firstElementChild.style.inlineSize = `${(share * 100).toFixed(1)}%`;
}

async function follow(job) {
  const answer = await fetch(job.dataset.job).catch(() => null);
  const batch = answer?.ok ? await answer.json() : null;
  if (batch && !WORKING.has(batch.state)) return location.reload();
  if (batch) {
    job.querySelector("[data-amount]").textContent = say("rows_done", {
      n: number(batch.done_rows),
      all: number(batch.rows),
    });
    show(job.querySelector("[role=progressbar]"), batch.rows ? batch.done_rows / batch.rows : 0);
    if (batch.state !== job.dataset.state) return location.reload();
  }
  return setTimeout(() => follow(job), LOOK_EVERY_MS);
}

/** Sends the form so that its progress can be shown; without this script the browser sends it by itself. */
function send(form) {
  const progress = form.querySelector("[data-progress]");
  const request = new XMLHttpRequest();
  progress.hidden = false;
  form.querySelector("button").disabled = true;
  request.upload.addEventListener(
    "progress",
    (event) => event.lengthComputable && show(progress.firstElementChild, event.loaded / event.total),
  );
  request.addEventListener("load", () => {
    if (request.status < 400) location.href = request.responseURL;
    else if (request.getResponseHeader("Content-Type")?.startsWith("text/html")) replacePage(request);
    else stopped(form, progress, `HTTP ${request.status}`);
  });
  request.addEventListener("error", () => stopped(form, progress, say("no_network")));
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function stopped(form, progress, detail) {
  progress.hidden = true;
  form.querySelector("button").disabled = false;
  toast(say("not_sent", { detail }), { bad: true });
}

/** A refusal comes as the same page with the reason on it. */
function replacePage(request) {
  const answer = new DOMParser().parseFromString(request.responseText, "text/html");
  document.getElementById("main").replaceWith(answer.getElementById("main"));
  start();
}

function start() {
  for (const job of document.querySelectorAll("[data-job]")) follow(job);
  const form = document.querySelector("[data-upload]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

start();
