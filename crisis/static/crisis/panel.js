/* The panel of one place: HTML from the server, put in without moving focus or scroll unless the reader asked. */
const sheet = matchMedia("(max-width: 80rem)");

export class Panel {
  constructor(store, { onClose }) {
    this.store = store;
    this.element = document.getElementById("panel");
    this.shownId = Number(this.element.querySelector("[data-place]")?.dataset.place) || null;
    this.element.addEventListener("click", (event) => event.target.closest("[data-close-panel]") && onClose());
  }

  /** Shows a place; focus goes to its heading only when the reader opened it. */
  async open(id, { focus = false } = {}) {
    this.wanted = id;
    this.element.classList.add("open");
    if (id !== this.shownId || !this.element.querySelector("[data-place]")) await this.fetch(id);
    if (focus && this.wanted === id) this.element.querySelector("#panel-title")?.focus({ preventScroll: false });
  }

  /** Fetches the shown place again because something in it changed. */
  async refresh() {
    if (this.shownId === null) return;
    const links = [...this.element.querySelectorAll("a[href],button")];
    const focused = links.indexOf(document.activeElement);
    const onTitle = document.activeElement?.id === "panel-title";
    const { scrollTop } = this.element;
    await this.fetch(this.shownId);
    this.element.scrollTop = scrollTop;
    if (onTitle) this.element.querySelector("#panel-title")?.focus({ preventScroll: true });
    if (focused >= 0) [...this.element.querySelectorAll("a[href],button")][focused]?.focus({ preventScroll: true });
  }

  async fetch(id) {
    this.waiting?.abort();
    const waiting = new AbortController();
    this.waiting = waiting;
    const html = await this.html(id, waiting.signal).catch(() => null); // given up for a newer one, or no network
    if (html === null || this.waiting !== waiting) return;
    this.element.innerHTML = html;
    if (id !== this.shownId) this.element.scrollTop = 0;
    this.shownId = id;
  }

  async html(id, signal) {
    const answer = await fetch(
      `${this.store.page.home}neighbourhoods/${id}/panel${this.store.at ? `?at=${this.store.at}` : ""}`,
      { signal },
    );
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return answer.text();
  }

  close() {
    this.element.classList.remove("open");
  }

  get isSheet() {
    return sheet.matches;
  }
}
