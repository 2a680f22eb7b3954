/* Looking back: a slider and a date box ask for an earlier day; while one is shown, what arrives waits. */
const DAY_MS = 86_400_000;
const isoDay = (ms) => new Date(ms).toISOString().slice(0, 10);

export class Past {
  /** `onChange(at)` is called with a day (YYYY-MM-DD) or "" for now, at most every 250 ms while the slider moves. */
  constructor(store, { onChange }) {
    this.store = store;
    this.onChange = onChange;
    this.form = document.getElementById("past-form");
    if (!this.form) return;
    const { day, at } = this.form.elements;
    this.first = Date.parse(this.form.dataset.since);
    this.last = Date.parse(this.form.dataset.today);
    day.max = String(Math.round((this.last - this.first) / DAY_MS));
    this.show(store.at);
    day.addEventListener("input", () => this.ask(isoDay(this.first + Number(day.value) * DAY_MS)));
    at.addEventListener("change", () => this.ask(at.value));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("past-now").addEventListener("click", (event) => {
      event.preventDefault();
      this.ask("");
    });
  }

  ask(value) {
    const at = !value || Date.parse(value) >= this.last ? "" : value;
    this.show(at);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onChange(at), 250);
  }

  show(at) {
    const { day, at: box } = this.form.elements;
    const shown = at ? Date.parse(at) : this.last;
    day.value = String(Math.round((shown - this.first) / DAY_MS));
    box.value = isoDay(shown);
    day.setAttribute("aria-valuetext", box.value);
    const note = document.getElementById("past-note");
    note.hidden = !at;
    note.querySelector("time").textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
      dateStyle: "long",
      timeZone: "UTC",
    }).format(shown);
  }
}
