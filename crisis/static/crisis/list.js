/* The ranked list: the accessible twin of the map. Rows are made by the server; here their contents follow the numbers,
   and they move only when told to (`arrange`). */
import { styleOf } from "./classes.js";
import { hundredths, number, percent, reason, say, service, share } from "./i18n.js";

export class PlaceList {
  constructor(store, { onSelect, onHover }) {
    this.store = store;
    this.body = document.getElementById("rows");
    this.rows = new Map([...this.body.children].map((row) => [Number(row.dataset.id), row]));
    this.base = new Map();
    this.body.addEventListener("click", (event) => {
      const link = event.target.closest("a.nm");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      onSelect(idOf(link), { focusPanel: true });
    });
    const hint = (event) => onHover(idOf(event.target.closest?.("li")));
    for (const kind of ["mouseover", "focusin"]) this.body.addEventListener(kind, hint);
    for (const kind of ["mouseleave", "focusout"]) this.body.addEventListener(kind, () => onHover(null));
  }

  /** Remembers what the reader saw last, so that ▲▼ say what changed since then. */
  rememberBase(seen) {
    for (const place of this.store.places.values())
      this.base.set(place.id, seen?.[place.id] ?? place.previous_index ?? place.index);
  }

  change(place) {
    const before = hundredths(this.base.get(place.id) ?? null);
    const now = hundredths(place.index);
    return before === null || now === null ? 0 : now - before;
  }

  fill() {
    const longest = Math.max(1, ...[...this.store.places.values()].map((place) => place.short ?? 0));
    let shown = 0;
    for (const row of this.store.rows()) {
      const item = this.rows.get(row.place.id);
      if (!item) continue;
      item.hidden = row.leftOut;
      shown += row.leftOut ? 0 : 1;
      fillValue(item, row, this.store);
      fillDelta(slot(item, "delta"), this.store.view.layer ? 0 : this.change(row.place));
      slot(item, "rank").textContent = row.place.rank ? number(row.place.rank) : "–";
      slot(item, "people").textContent = say("people", { n: number(row.place.people) });
      slot(item, "why").textContent = reason(row.place.why);
      fillBar(item, row.place, longest);
    }
    document.getElementById("none-match").hidden = shown > 0;
    const all = this.rows.size;
    document.getElementById("list-note").textContent =
      shown < all
        ? say("shown", { n: number(shown), all: number(all) })
        : say("ranked", { n: number([...this.store.places.values()].filter((place) => place.rank).length) });
  }

  /** Puts the rows in the store's order. The row with focus keeps it, and the list keeps its scroll. */
  arrange() {
    const focused = document.activeElement;
    const before = [...this.body.children].map((row) => Number(row.dataset.id));
    this.store.order.forEach((id, index) => {
      const row = this.rows.get(id);
      if (!row) return;
      if (this.body.children[index] !== row) this.body.insertBefore(row, this.body.children[index] ?? null);
      row.classList.toggle("moved", before.length > 0 && before[index] !== id);
    });
    if (this.body.contains(focused)) focused.focus({ preventScroll: true });
  }

  select(id) {
    for (const [key, row] of this.rows) {
      if (key === id) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  hover(id) {
    for (const [key, row] of this.rows) row.classList.toggle("hov", key === id);
  }

  focus(id) {
    const row = this.rows.get(id) ?? [...this.rows.values()].find((item) => !item.hidden);
    row?.querySelector("a.nm").focus();
  }
}

const idOf = (element) => Number(element?.closest("[data-id]")?.dataset.id) || null;
export const slot = (element, name) => element.querySelector(`[data-slot=${name}]`);

export function fillValue(element, row, store) {
  const value = slot(element, "value");
  const text = row.code === "withheld" ? "–" : share(row.value);
  const size = value.classList.contains("s") ? " s" : "";
  if (value.textContent !== text) value.textContent = text;
  value.className = `idx${size} ${styleOf(row.code, store.situation.classes)}`;
}

export function fillDelta(element, change) {
  if (!change) return element.replaceChildren();
  const mark = document.createElement("span");
  mark.className = `delta ${change > 0 ? "up" : "dn"}`;
  const said = document.createElement("span");
  said.className = "vh";
  said.textContent = say(change > 0 ? "up" : "down", { n: "" });
  mark.append(said, number(Math.abs(change)));
  return element.replaceChildren(mark);
}

function fillBar(item, place, longest) {
  const bar = slot(item, "bar");
  const parts = place.short ? place.parts.slice(0, 3).map((part) => [part.service, part.people / place.short]) : [];
  const rest = 1 - parts.reduce((sum, [, size]) => sum + size, 0);
  bar.style.inlineSize = `${Math.min(100, ((place.short ?? 0) / longest) * 100).toFixed(1)}%`;
  bar.replaceChildren(...parts.map(([, size]) => piece(size)), ...(parts.length && rest > 0.005 ? [piece(rest)] : []));
  const said = parts.map(([code, size]) => `${service(code)} ${percent(size)}`);
  if (said.length) bar.setAttribute("aria-label", said.join(", "));
  slot(item, "key").replaceChildren(
    ...said.map((text) => Object.assign(document.createElement("span"), { textContent: text })),
  );
}

function piece(size) {
  const part = document.createElement("i");
  part.style.flex = size.toFixed(4);
  return part;
}
