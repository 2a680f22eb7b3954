/* What every page does: the account menu, the wall theme, the keyboard help, and going places by key. */
import { keysAreOff, onKey, switchKeys } from "./keys.js";

const menu = document.querySelector("details.menu");
document.addEventListener("click", (event) => menu?.open && !menu.contains(event.target) && (menu.open = false));
menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

const theme = document.querySelector("[data-theme-switch]");
theme?.addEventListener("click", () => {
  const wall = document.documentElement.dataset.theme !== "wall";
  if (wall) document.documentElement.dataset.theme = "wall";
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${wall ? "wall" : ""};path=/;max-age=31536000;samesite=lax`;
  theme.setAttribute("aria-pressed", String(wall));
  document.dispatchEvent(new Event("themechange"));
});

const help = document.getElementById("keys");
document.querySelector("[data-keys-help]")?.addEventListener("click", (event) => {
  event.preventDefault();
  menu.open = false;
  help.showModal();
});
const off = help?.querySelector("[data-keys-off]");
if (off) {
  off.checked = keysAreOff();
  off.addEventListener("change", () => switchKeys(off.checked));
}
onKey("?", () => help?.showModal());

const sections = [...document.querySelectorAll(".nav a")].map((link) => link.href);
const go = (ending) => () => {
  const address = sections.find((href) => new URL(href).pathname.endsWith(ending));
  if (address) location.href = address;
};
for (const [key, ending] of Object.entries({ n: "/neighbourhoods/", f: "/facilities/", w: "/works/", i: "/imports/" }))
  onKey(`g ${key}`, go(ending));
onKey("g m", () => sections[0] && (location.href = sections[0]));
document.querySelector("[data-print]")?.addEventListener("click", () => print());
// On a phone the sections are a strip that scrolls: the one that is open must be in sight.
const open = document.querySelector(".nav [aria-current]");
const strip = open?.parentElement;
if (strip && strip.scrollWidth > strip.clientWidth) open.scrollIntoView({ block: "nearest", inline: "center" });
