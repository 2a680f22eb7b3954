/* The page of visits: map and list follow the event log without a reload; what somebody is writing in stays. */
import { Live } from "./live.js";

const page = JSON.parse(document.getElementById("page").textContent);
const live = new Live({ ...page, asOf: new Date() });
const WAIT_MS = 250;
const timers = new Map();

/** Fetches a part again soon; a part with an open form waits until it is left. */
function refresh(part) {
  clearTimeout(timers.get(part));
  timers.set(
    part,
    setTimeout(async () => {
      const element = document.getElementById(part);
      if (element.contains(document.activeElement) || element.querySelector("details[open]")) return refresh(part);
      const answer = await fetch(part, { headers: { Accept: "text/html" } }).catch(() => null);
      if (answer?.ok) element.innerHTML = await answer.text();
      return undefined;
    }, WAIT_MS),
  );
}

live.addEventListener("happened", ({ detail }) => {
  if (detail.kind === "visit.changed") for (const part of ["board", "first"]) refresh(part);
  if (detail.kind === "ranking.weighed" || detail.kind === "functionality.changed") refresh("first");
});
live.addEventListener("reset", () => location.reload());
live.start();
