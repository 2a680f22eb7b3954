/* What the page says about changes: the feed of lines, the polite announcement, the toast. */
import { clock, say } from "./i18n.js";

const FEED_LENGTH = 30;
const SPEAK_EVERY_MS = 15_000;
const TOAST_MS = 10_000;
let unsaid = [];
let lastSpoke = -Infinity;
let timer = null;

/** Adds a line to the feed, newest first. */
export function feedLine(text, at) {
  const feed = document.getElementById("feed");
  if (!feed) return;
  feed.querySelector(".muted")?.remove();
  const line = document.createElement("li");
  const time = Object.assign(document.createElement("time"), { textContent: clock(at), dateTime: at.toISOString() });
  line.append(time, text);
  feed.prepend(line);
  while (feed.children.length > FEED_LENGTH) feed.lastElementChild.remove();
}

/** Says something to screen readers, at most once in 15 seconds; what comes sooner is said together. */
export function announce(text) {
  unsaid.push(text);
  const wait = Math.max(0, lastSpoke + SPEAK_EVERY_MS - performance.now());
  timer ??= setTimeout(() => {
    document.getElementById("announce").textContent = unsaid.slice(-4).join(" ");
    unsaid = [];
    timer = null;
    lastSpoke = performance.now();
  }, wait);
}

/** A toast for ten seconds, with a button when there is something to undo; the clock stops while it has focus or the
 * pointer is on it. */
export function toast(text, { bad = false, undo = null } = {}) {
  const box = Object.assign(document.createElement("div"), { className: "toast", textContent: text });
  box.setAttribute("role", bad ? "alert" : "status");
  if (undo) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: say("undo") });
    button.addEventListener("click", () => {
      box.remove();
      undo();
    });
    box.append(button);
  }
  document.getElementById("toasts").replaceChildren(box);
  let left;
  const run = () => (left = setTimeout(() => box.remove(), TOAST_MS));
  for (const kind of ["mouseenter", "focusin"]) box.addEventListener(kind, () => clearTimeout(left));
  for (const kind of ["mouseleave", "focusout"]) box.addEventListener(kind, run);
  run();
}
