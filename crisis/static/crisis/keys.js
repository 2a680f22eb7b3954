/* Single-key shortcuts. None works inside a field; all can be switched off, and the choice stays on this device. */
const OFF = "reprise-keys-off";
const table = new Map();
let waitingForSecond = null;

/** Names what a key, or two keys after another ("g m"), does. */
export function onKey(keys, action) {
  table.set(keys, action);
}

export const keysAreOff = () => localStorage.getItem(OFF) === "1";
export const switchKeys = (off) => localStorage.setItem(OFF, off ? "1" : "0");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.("input,select,textarea,[contenteditable]")) return;
  if (document.querySelector("dialog[open]") || (event.key !== "Escape" && keysAreOff())) return;
  const pressed = waitingForSecond ? `g ${event.key}` : event.key;
  waitingForSecond = event.key === "g" && !waitingForSecond ? setTimeout(() => (waitingForSecond = null), 1500) : null;
  const action = table.get(pressed);
  if (!action) return;
  event.preventDefault();
  action(event);
});
