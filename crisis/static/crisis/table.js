/* The table twin: the same rows, order, filters and numbers as list and map. */
import { className, number, percent, reason, share } from "./i18n.js";
import { fillDelta, fillValue, slot } from "./list.js";

const DESCENDING = new Set(["change", "people"]);
const COUNTS = ["people", "hosts", "displaced", "returnees", "short"];

export class PlaceTable {
  constructor(store, list, { onHover, onSort }) {
    this.store = store;
    this.list = list;
    this.body = document.getElementById("table-rows");
    this.rows = new Map([...this.body.children].map((row) => [Number(row.dataset.id), row]));
    this.heads = [...document.querySelectorAll("#table [data-sort]")];
    for (const head of this.heads) head.addEventListener("click", () => onSort(head.dataset.sort));
    this.body.addEventListener("mouseover", (event) => onHover(Number(event.target.closest("tr")?.dataset.id) || null));
    this.body.addEventListener("mouseleave", () => onHover(null));
  }

  fill() {
    for (const row of this.store.rows()) {
      const { place } = row;
      const line = this.rows.get(place.id);
      if (!line) continue;
      line.hidden = row.leftOut;
      fillValue(line, row, this.store);
      fillDelta(slot(line, "delta"), this.list.change(place));
      const texts = {
        rank: place.rank ? number(place.rank) : "–",
        class: className(row.code),
        range: place.lo === null ? "" : `${share(place.lo)}–${share(place.hi)}`,
        coverage: percent(place.coverage),
        why: reason(place.why),
      };
      for (const [name, text] of Object.entries(texts)) slot(line, name).textContent = text;
      for (const name of COUNTS) slot(line, name).textContent = number(place[name]);
      for (const cell of line.querySelectorAll("[data-service]"))
        cell.textContent = percent(place.services[cell.dataset.service]?.f ?? null);
    }
    for (const head of this.heads) {
      const here = head.dataset.sort === this.store.view.sort;
      if (here)
        head.closest("th").setAttribute("aria-sort", DESCENDING.has(head.dataset.sort) ? "descending" : "ascending");
      else head.closest("th").removeAttribute("aria-sort");
    }
  }

  arrange() {
    this.store.order.forEach((id) => {
      const line = this.rows.get(id);
      if (line) this.body.append(line);
    });
  }

  select(id) {
    for (const [key, line] of this.rows) line.classList.toggle("chosen", key === id);
  }

  hover(id) {
    for (const [key, line] of this.rows) line.classList.toggle("hov", key === id);
  }
}
