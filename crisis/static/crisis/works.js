/* The list of works follows the event log: fetched again when it was ranked or weighed anew, unless somebody reads a
   detail of it. */
import { Live } from "./live.js";

const page = JSON.parse(document.getElementById("page").textContent);
const live = new Live({ ...page, asOf: new Date() });
const AGAIN = new Set(["functionality.changed", "ranking.weighed"]);
const WAIT_MS = 400;
let timer = null;

function refresh() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const list = document.getElementById("list");
    if (list.querySelector("details[open]")) return refresh();
    const answer = await fetch("list", { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok) list.innerHTML = await answer.text();
    return undefined;
  }, WAIT_MS);
}

live.addEventListener("happened", ({ detail }) => AGAIN.has(detail.kind) && refresh());
live.addEventListener("reset", refresh);
live.start();
