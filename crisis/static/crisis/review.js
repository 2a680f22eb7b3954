// Keys of the inbox: j and k move, a i r decide. None works inside a field, and asking for more or rejecting goes to the
// reason first, because the phone gets it.
const page = document.querySelector("[data-review]");
const links = [...page.querySelectorAll(".inbox a")];
const current = links.findIndex((link) => link.closest("li").hasAttribute("aria-current"));
const reason = document.querySelector("#reason");

function open(step) {
  const next = links[Math.max(0, Math.min(links.length - 1, current + step))];
  if (next) next.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const key = event.key.toLowerCase();
  if (key === "j") open(1);
  else if (key === "k") open(-1);
  else {
    const button = page.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!button) return;
    event.preventDefault();
    if (key !== "a" && reason && !reason.value.trim()) reason.focus();
    else button.click();
  }
});
