/* The situation page: list, map and panel kept in step with each other, the address and the event log.

   What moves when a fact arrives. Colours and numbers change at once, in place, on the map, in the list and in the
   table, with ▲▼ and a line in "What changed". The ORDER of the list changes only when the reader presses
   "N new, show" (or N), because a row must not run away from under a hand or an eye. There are two exceptions: the
   reader's own change, and a page nobody has touched yet (a wall screen), where the order follows at once. */
import { clock, grade, hundredths, localName, number, percent, say, service, share, status } from "./i18n.js";
import { onKey } from "./keys.js";
import { PlaceList } from "./list.js";
import { Live } from "./live.js";
import { announce, feedLine, toast } from "./notices.js";
import { isMine } from "./own.js";
import { Panel } from "./panel.js";
import { Past } from "./past.js";
import { Store } from "./store.js";
import { PlaceTable } from "./table.js";

const REFETCH_EVERY_MS = 2000;
const MOST_WORKS_SAID = 3;
const NEWS = new Set([
  "damage.assessed",
  "facility.status_changed",
  "population.estimated",
  "boundary.changed",
  "import.finished",
]);
const VISIT_NEWS = new Set(["under_way", "done", "refused", "inaccessible"]);
const page = JSON.parse(document.getElementById("page").textContent);
const store = new Store(page);
const calls = { onSelect: select, onHover: hover };
const list = new PlaceList(store, calls);
const table = new PlaceTable(store, list, { ...calls, onSort: (sort) => store.choose({ sort }) });
const panel = new Panel(store, { onClose: closePanel });
const live = new Live(page);
const news = { count: 0, touched: false, fetchedAt: -Infinity, timer: null, fetching: false, worksAreOld: false };
let map = null;

// ---- selecting and pointing, the same from list, map and table

function select(id, { focusPanel = false } = {}) {
  store.choose({ place: id });
  list.select(id);
  table.select(id);
  map?.select(id);
  map?.show(id);
  panel.open(id, { focus: focusPanel || panel.isSheet });
}

function hover(id) {
  list.hover(id);
  table.hover(id);
  map?.hover(id);
}

function closePanel() {
  panel.close();
  list.focus(store.view.place);
}

function step(by) {
  const rows = store.rows().filter((row) => !row.leftOut);
  const here = rows.findIndex((row) => row.place.id === store.view.place);
  const next = rows[Math.min(rows.length - 1, Math.max(0, here + by))];
  if (next) select(next.place.id);
}

// ---- drawing what the store holds

function draw() {
  list.fill();
  table.fill();
  countClasses();
  showCity();
  map?.draw();
}

function arrange() {
  list.arrange();
  table.arrange();
}

function countClasses() {
  const counts = new Map();
  for (const place of store.places.values())
    counts.set(store.shown(place).code, (counts.get(store.shown(place).code) ?? 0) + 1);
  for (const button of document.querySelectorAll("[data-class]")) {
    button.querySelector("[data-count]").textContent = number(counts.get(button.dataset.class) ?? 0);
    button.setAttribute("aria-pressed", String(!store.view.hide.has(button.dataset.class)));
  }
}

function showCity() {
  const { index, lo, hi, coverage } = store.situation.city;
  const element = document.getElementById("city");
  if (index === null) return element.replaceChildren();
  const value = Object.assign(document.createElement("b"), { textContent: say("town", { n: share(index) }) });
  const range = Object.assign(document.createElement("span"), {
    className: "muted",
    textContent: [
      say("likely", { lo: share(lo), hi: share(hi) }),
      coverage === null ? "" : say("observed", { n: percent(coverage) }),
    ].join(" "),
  });
  return element.replaceChildren(value, " ", range);
}

// ---- facts arriving

live.addEventListener("happened", ({ detail: event }) => {
  if (store.at) return;
  if (event.kind === "ranking.weighed") return worksWeighed();
  const own = isMine(event.uuid) || (event.shows?.because ?? []).some(isMine);
  const said = event.kind === "functionality.changed" ? scoresChanged(event.shows) : factArrived(event);
  for (const text of said) feedLine(text, new Date(event.at));
  if (said.length) announce(said.slice(0, 2).join(" "));
  if (NEWS.has(event.kind) && !own) news.count += 1;
  fetchSoon(own);
});

/** How sure the order of the works is has been worked out anew. */
function worksWeighed() {
  news.worksAreOld = true;
  showWorks();
}

/** Numbers of one recomputation, in place; returns a sentence for every number that reads differently now. */
function scoresChanged(shows) {
  const said = [];
  for (const score of shows.neighbourhoods ?? []) {
    const place = store.places.get(score.id);
    if (!place) continue;
    const [before, now] = [hundredths(place.index), hundredths(score.index)];
    if (before === now) continue;
    const key = now === null ? "lost" : before === null ? "known" : now < before ? "fell" : "rose";
    said.push(say(key, { place: localName(place), before: number(before), now: number(now) }));
  }
  store.applyScores(shows.neighbourhoods ?? [], shows.city);
  news.worksAreOld = true;
  return [...said, ...worksMoved(shows.ranking ?? [])];
}

/** Sentences for the works whose rank moved most; their names are in the list of works on this page. */
function worksMoved(moves) {
  const named = moves.map((move) => ({
    ...move,
    name: document.querySelector(`[data-work="${move.id}"] .nm-work`)?.textContent,
  }));
  return named
    .filter((move) => move.name && move.before)
    .sort((a, b) => Math.abs(b.rank - b.before) - Math.abs(a.rank - a.before))
    .slice(0, MOST_WORKS_SAID)
    .map((move) => say("work_moved", { work: move.name, before: number(move.before), rank: number(move.rank) }));
}

function factArrived(event) {
  const place = store.places.get(event.neighbourhood);
  const where = place ? localName(place) : "";
  const shows = event.shows ?? {};
  if (event.neighbourhood === panel.shownId) panelSoon();
  if (event.kind === "damage.assessed") {
    map?.addAssessment(shows);
    if (shows.count !== undefined) return [say("assessed_many", { n: number(shows.count) })];
    return [
      say(place ? "assessed" : "assessed_town", {
        place: where,
        grade: grade(shows.properties?.grade ?? "not_assessed"),
      }),
    ];
  }
  if (event.kind === "facility.status_changed") {
    if (shows.status === undefined) return [say("status_many")];
    store.setFacilityState(shows);
    return [say("status", { facility: shows.name, state: status(shows.status) })];
  }
  if (event.kind === "hazard.recorded") {
    map?.refreshHazards?.();
    return [say(place ? "hazard" : "hazard_town", { place: where })];
  }
  if (event.kind === "visit.changed") {
    store.setVisit(shows);
    return VISIT_NEWS.has(shows.state) ? [say(`visit_${shows.state}`, { title: shows.title })] : [];
  }
  const key = {
    "population.estimated": place ? "population" : "population_town",
    "boundary.changed": "boundary",
    "import.finished": "import",
  }[event.kind];
  return key ? [say(key, { place: where })] : [];
}

/** The whole situation again, for reasons and ranks: soon after the first of many events, then at most every 2 s. */
function fetchSoon(own) {
  news.own ||= own;
  const wait = Math.max(news.fetchedAt + REFETCH_EVERY_MS - performance.now(), Math.random() * 200);
  news.timer ??= setTimeout(async () => {
    news.timer = null;
    news.fetching = true;
    news.fetchedAt = performance.now();
    await load().catch(() => fetchSoon(false));
    news.fetching = false;
    settle();
  }, wait);
}

async function load() {
  await store.load();
  panelSoon();
}

/** After new numbers: follow their order, or offer to. */
function settle() {
  const byItself = news.own || !news.touched;
  news.own = false;
  if (store.orderIsOld() && !byItself && news.count === 0) news.count = 1;
  if (byItself) showNew();
  else offer();
}

function offer() {
  const pill = document.getElementById("new");
  pill.hidden = news.count === 0;
  pill.firstElementChild.textContent = say("new", { n: number(news.count) });
}

/** Shows what is new; what is being fetched at this moment belongs to it. */
function askForNew() {
  news.own ||= news.timer !== null || news.fetching;
  showNew();
}

function showNew() {
  news.count = 0;
  store.reorder();
  showWorks();
  offer();
}

/** The works as ranked now, if they are looked at and something changed since they were fetched. */
async function showWorks() {
  if (!news.worksAreOld || store.view.list !== "works") return;
  news.worksAreOld = false;
  const answer = await fetch(`${page.home}works/list`).catch(() => null);
  if (answer?.ok) document.getElementById("works").innerHTML = await answer.text();
  else news.worksAreOld = true;
}

let panelTimer = null;
function panelSoon() {
  panelTimer ??= setTimeout(() => {
    panelTimer = null;
    panel.refresh();
  }, 300);
}

/** Another day: the same page drawn from the scores kept then; back to now fetches what happened meanwhile. */
async function lookBack(at) {
  store.at = at;
  const address = new URL(location.href);
  if (at) address.searchParams.set("at", at);
  else address.searchParams.delete("at");
  history.replaceState(null, "", address);
  await store
    .load()
    .catch((problem) => toast(say("problem", { code: problem.message, time: clock(new Date()) }), { bad: true }));
  store.reorder();
  panelSoon();
}
new Past(store, { onChange: lookBack });

live.addEventListener("reset", async () => {
  await store.load().catch(() => null);
  live.resumeAt(store.situation.seq, String(store.situation.epoch));
  panelSoon();
  settle();
});

live.addEventListener("state", () => {
  const pill = document.getElementById("live");
  const minutes = Math.round((Date.now() - live.asOf) / 60_000);
  const words = {
    live: say("live"),
    connecting: say("connecting"),
    delayed: say("delayed", { n: number(minutes) }),
    offline: say("offline"),
  };
  pill.className = `live ${{ live: "", offline: "off" }[live.state] ?? "late"}`;
  pill.dataset.state = live.state;
  const [before, after] = say("as_of").split("{time}");
  const time = Object.assign(document.createElement("time"), {
    textContent: clock(live.asOf),
    dateTime: live.asOf.toISOString(),
  });
  const word = Object.assign(document.createElement("b"), { textContent: words[live.state] });
  const line = document.createElement("span");
  line.append(before, time, after ?? "", " · ", word);
  if (pill.textContent !== line.textContent) pill.replaceChildren(line);
  document.getElementById("map-pane").classList.toggle("stale", live.state === "offline" && minutes >= 60);
});

// ---- what the reader chooses

store.addEventListener("values", draw);
store.addEventListener("facilities", () => map?.drawFacilities());
store.addEventListener("visits", () => map?.drawVisits());
store.addEventListener("order", arrange);
store.addEventListener("view", ({ detail: change }) => {
  if (["layer", "q", "hide", "sort"].some((name) => name in change)) draw();
  if ("over" in change) map?.overlays();
  showVisits();
  if ("list" in change) showWorks();
  shownParts();
});

function shownParts() {
  const { view } = store;
  document.getElementById("list").dataset.list = view.list;
  document.getElementById("map-pane").dataset.view = view.view;
  for (const link of document.querySelectorAll("[data-list-switch]"))
    link.setAttribute("aria-pressed", String(link.dataset.listSwitch === view.list));
  for (const link of document.querySelectorAll("[data-view-switch]"))
    link.setAttribute("aria-pressed", String(link.dataset.viewSwitch === view.view));
  for (const chip of document.querySelectorAll("[data-overlay]"))
    chip.setAttribute("aria-pressed", String(view.over.has(chip.dataset.overlay)));
  for (const key of document.querySelectorAll(".signs[data-for]")) key.hidden = !view.over.has(key.dataset.for);
  const name = view.layer ? service(view.layer) : say("all_services");
  for (const title of document.querySelectorAll("#legend-title,[data-slot=layer-name]")) title.textContent = name;
  document.getElementById("sort").value = view.sort;
  document.getElementById("export").search = location.search;
}

/** Visits are fetched when first shown; from then on each arrives by itself. */
function showVisits() {
  if (store.view.over.has("visits") && !store.visits) store.loadVisits().catch(() => null);
}

function toggled(set, name) {
  const copy = new Set(set);
  if (!copy.delete(name)) copy.add(name);
  return copy;
}

document.getElementById("layer").addEventListener("change", (event) => store.choose({ layer: event.target.value }));
document.getElementById("q").addEventListener("input", (event) => store.choose({ q: event.target.value.trim() }));
document.getElementById("sort").addEventListener("change", (event) => store.choose({ sort: event.target.value }));
for (const form of ["layer-form", "search-form"])
  document.getElementById(form).addEventListener("submit", (event) => event.preventDefault());
document.getElementById("new").addEventListener("click", askForNew);
document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector)?.dataset;
  const data = at("[data-overlay],[data-class],[data-zoom],[data-list-switch],[data-view-switch],[data-clear]");
  if (!data || !store.situation) return;
  event.preventDefault();
  if (data.overlay) store.choose({ over: toggled(store.view.over, data.overlay) });
  if (data.class) store.choose({ hide: toggled(store.view.hide, data.class) });
  if (data.zoom) map?.zoom({ in: 1, out: -1, all: 0 }[data.zoom]);
  if (data.listSwitch) store.choose({ list: data.listSwitch });
  if (data.viewSwitch) store.choose({ view: data.viewSwitch });
  if ("clear" in data) clearFilters();
});

function clearFilters() {
  document.getElementById("q").value = "";
  store.choose({ q: "", hide: new Set() });
}

for (const kind of ["pointerdown", "keydown", "wheel"])
  addEventListener(kind, () => (news.touched = true), { passive: true, once: true });
onKey("/", () => document.getElementById("q").focus());
onKey("n", askForNew);
onKey("l", () => list.focus(store.view.place));
onKey("t", () => store.choose({ view: store.view.view === "map" ? "table" : "map" }));
onKey("[", () => step(-1));
onKey("]", () => step(1));
onKey("Escape", closePanel);
addEventListener("beforeprint", () => {
  const picture = map?.snapshot();
  if (picture) document.getElementById("map-print").src = picture;
});
document.addEventListener("themechange", () => map?.restyle());

// ---- the order of loading: the list is there already; numbers, socket, then the map

const SEEN = `reprise-seen-${page.code}`;
addEventListener("pagehide", () => {
  const seen = Object.fromEntries([...store.places.values()].map((place) => [place.id, place.index]));
  if (store.places.size) localStorage.setItem(SEEN, JSON.stringify(seen));
});

async function startMap() {
  const note = document.getElementById("map-note");
  const container = document.getElementById("map");
  if (!page.extent) {
    Object.assign(note, { hidden: false, textContent: say("no_boundaries") });
    container.dataset.ready = "none";
    return;
  }
  const drawers = document.createElement("canvas").getContext("webgl2") ? ["./map.js", "./svgmap.js"] : ["./svgmap.js"];
  for (const drawer of drawers) {
    try {
      const { LiveMap, SvgMap } = await import(drawer);
      const drawn = new (LiveMap ?? SvgMap)(container, store, calls);
      await drawn.start();
      map = drawn;
      map.draw();
      if (SvgMap) Object.assign(note, { hidden: false, textContent: say("no_webgl") });
      container.dataset.ready = SvgMap ? "svg" : "webgl";
      return;
    } catch (problem) {
      console.warn("map", drawer, problem);
      container.replaceChildren();
    }
  }
  Object.assign(note, { hidden: false, textContent: say("no_map") });
  container.dataset.ready = "none";
}

async function start() {
  try {
    await store.load();
  } catch (problem) {
    toast(say("problem", { code: problem.message, time: clock(new Date(page.as_of)) }), { bad: true });
    setTimeout(start, 5000);
    return;
  }
  list.rememberBase(JSON.parse(localStorage.getItem(SEEN) ?? "null"));
  draw();
  arrange();
  shownParts();
  showVisits();
  const { seq, epoch, as_of } = store.situation;
  Object.assign(live, { seq, epoch: String(epoch), asOf: new Date(as_of) });
  live.start();
  if (store.view.place === null) store.view.place = panel.shownId;
  await startMap();
}

start();
