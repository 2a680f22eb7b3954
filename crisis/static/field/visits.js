/* Visits: the list in the order of a walk, one visit with what can be said of it, and the news of it until the town
   knows. News waits in the phone's storage like everything else; the town takes each once, however often it is told. */
import { el, note, show } from "./dom.js";
import { start } from "./fill.js";
import { credentials } from "./outbox.js";
import { metres } from "./pack.js";
import { ACKNOWLEDGED, allRecords, asked, DRAFT, getMeta, transact } from "./store.js";
import { inLanguage, language, say, time } from "./words.js";

const MOST_IMPROVED = 150;
const GONE = new Set(["done", "refused", "inaccessible"]);
const newsKey = (pack) => `visit_news:${pack.person.id}:${pack.town.code}`;
const place = (visit) => [visit.lon, visit.lat];

/** The visits in the order of a short walk from here; without a position, as the town ordered them. */
export function walk(visits, here) {
  const placed = visits.filter((visit) => visit.lon !== null);
  if (!here || !placed.length) return visits;
  const left = new Set(placed),
    route = [];
  for (let at = here; left.size;) {
    const next = [...left].reduce((best, visit) => (metres(at, place(visit)) < metres(at, place(best)) ? visit : best));
    left.delete(next);
    route.push(next);
    at = place(next);
  }
  if (route.length <= MOST_IMPROVED) uncross(route, here);
  return [...route, ...visits.filter((visit) => visit.lon === null)];
}

/** Turns parts of the walk around while that makes it shorter (2-opt), as `core/routes.py` does. */
function uncross(route, here) {
  for (let improved = true; improved;) {
    improved = false;
    for (let first = 0; first < route.length - 1; first += 1) {
      const before = first ? place(route[first - 1]) : here;
      for (let last = first + 1; last < route.length; last += 1) {
        const [one, two, after] = [place(route[first]), place(route[last]), route[last + 1]];
        const saved =
          metres(before, one) -
          metres(before, two) +
          (after ? metres(two, place(after)) - metres(one, place(after)) : 0);
        if (saved <= 0.01) continue;
        route.splice(first, last - first + 1, ...route.slice(first, last + 1).reverse());
        improved = true;
      }
    }
  }
}

const distance = (m) =>
  m === null ? "–" : m < 950 ? say("metres", { n: Math.round(m / 10) * 10 }) : say("km", { n: (m / 1000).toFixed(1) });

/** What is known on this phone of a visit: said here, else by the town. */
async function known(app) {
  const news = (await getMeta(newsKey(app.pack))) ?? [];
  const said = new Map(news.map((one) => [one.visit, one.state]));
  const records = new Map(
    (await allRecords()).filter((record) => record.visit).map((record) => [record.visit, record.state]),
  );
  return (visit) => ({ state: said.get(visit.id) ?? visit.state ?? "planned", record: records.get(visit.id) });
}

function tag({ state, record }) {
  if (record && record !== DRAFT) return el("span.tag.ok", {}, say(record === ACKNOWLEDGED ? "sent" : "waiting"));
  if (record) return el("span.tag.info", {}, say("draft"));
  return (
    {
      under_way: el("span.tag.info", {}, say("v_under_way")),
      refused: el("span.tag.out", {}, say("v_refused")),
      inaccessible: el("span.tag.out", {}, say("v_inaccessible")),
      done: el("span.tag.ok", {}, say("v_done")),
    }[state] ?? null
  );
}

function due(visit) {
  if (!visit.due_on) return "";
  const late = visit.due_on < new Date().toISOString().slice(0, 10);
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone: "UTC" }).format(
    new Date(visit.due_on),
  );
  return say(late ? "v_late" : "v_until", { day });
}

/** The facility's name after its code; for a whole neighbourhood what is to be done there. */
function called(app, visit) {
  const form = app.pack.form_list.find((one) => one.form_id === visit.form_id);
  const more = visit.is_area ? inLanguage(form?.titles) || form?.title : inLanguage(visit.names);
  return more && more !== visit.title ? more : "";
}

/** Open visits as a walk, each with the way from the one before; those that are over stand below. */
export async function visitList(app) {
  if (!app.pack.visits.length) return el("p.empty", {}, say("no_visits"));
  const know = await known(app);
  const over = (visit) =>
    GONE.has(know(visit).state) || (know(visit).record && know(visit).record !== DRAFT && !visit.is_area);
  const open = walk(
    app.pack.visits.filter((visit) => !over(visit)),
    app.here,
  );
  let at = app.here;
  const rows = open.map((visit) => {
    const far = at && visit.lon !== null ? metres(at, place(visit)) : null;
    if (visit.lon !== null) at = place(visit);
    return row(app, visit, know(visit), distance(far));
  });
  return el("ul.f-visits", {}, [
    ...rows,
    ...app.pack.visits.filter(over).map((visit) => row(app, visit, know(visit), "✓")),
  ]);
}

function row(app, visit, state, far) {
  const under = [called(app, visit), visit.place === visit.title ? "" : visit.place, visit.reason, due(visit)]
    .filter(Boolean)
    .join(" · ");
  return el(
    "li",
    {},
    el("span.m", {}, far),
    el(
      "a.f-visit",
      { href: `#/visit/${visit.id}` },
      el("b", {}, el("bdi", {}, visit.title), " ", tag(state)),
      el("span.tiny.muted", {}, el("bdi", {}, under)),
    ),
  );
}

/** One visit: begin its form, or say why there will be none. */
export async function visitScreen(app, id) {
  const visit = app.pack.visits.find((one) => one.id === Number(id));
  if (!visit) return app.go("#/");
  const know = await known(app);
  const state = know(visit);
  const form = app.pack.form_list.find((one) => one.form_id === visit.form_id);
  const why = el("textarea.in", { id: "v-note", rows: 2, maxLength: 300 });
  const tell = async (said) => {
    await keep(app.pack, { visit: visit.id, state: said, at: new Date().toISOString(), note: why.value.trim() });
    sendNews(app.pack);
    app.go("#/");
  };
  const fill = async () => {
    await keep(app.pack, { visit: visit.id, state: "under_way", at: new Date().toISOString(), note: "" });
    sendNews(app.pack);
    const answers = {};
    if (visit.structure) answers["/structure"] = `B-${visit.structure}`;
    if (visit.facility) answers["/facility"] = visit.facility;
    if (visit.place_code) answers["/neighbourhood"] = visit.place_code;
    return start(app, form, { answers, visit: visit.id, label: visit.title });
  };
  const said = (await getMeta(newsKey(app.pack)))?.find((one) => one.visit === visit.id);
  return show({
    title: visit.title,
    sub: [called(app, visit), visit.place === visit.title ? "" : visit.place].filter(Boolean).join(", ") || null,
    body: [
      tag(state),
      visit.reason ? el("p", {}, el("bdi", {}, visit.reason)) : null,
      due(visit) ? el("p.small", {}, due(visit)) : null,
      said ? note(say("v_waits", { time: time(said.at) })) : null,
      form ? null : note(say("no_forms"), "part"),
      el(
        "section.stack",
        { "aria-labelledby": "v-no" },
        el("h2.h3", { id: "v-no" }, say("v_no_report")),
        el("label.lab", { for: "v-note" }, say("v_note")),
        why,
        el(
          "div.row.f-wrap",
          {},
          el("button.btn", { type: "button", onclick: () => tell("refused") }, say("v_refused")),
          el("button.btn", { type: "button", onclick: () => tell("inaccessible") }, say("v_inaccessible")),
          visit.is_area ? el("button.btn", { type: "button", onclick: () => tell("done") }, say("v_all_done")) : null,
        ),
      ),
    ],
    foot: [form ? el("button.btn.main.grow", { type: "button", onclick: fill }, say("v_begin")) : null],
  });
}

/** The newest word on a visit replaces the one before. */
function keep(pack, said) {
  return transact(["meta"], "readwrite", async ({ meta }) => {
    const there = (await asked(meta.get(newsKey(pack)))) ?? [];
    meta.put([...there.filter((one) => one.visit !== said.visit), said], newsKey(pack));
  });
}

/** Tells the town; what it has heard goes, and its answer is the state from then on. */
export async function sendNews(pack) {
  const news = (await getMeta(newsKey(pack))) ?? [];
  if (!news.length || !navigator.onLine) return;
  const answer = await fetch(`/api/v1/municipalities/${pack.town.code}/field/visits`, {
    method: "POST",
    body: JSON.stringify({ said: news }),
    headers: { "Content-Type": "application/json", Accept: "application/json", ...(await credentials()) },
  }).catch(() => null);
  if (!answer?.ok) return;
  const now = new Map((await answer.json()).visits.map((visit) => [visit.id, visit.state]));
  const heard = new Set(news.map((one) => `${one.visit} ${one.at}`));
  for (const visit of pack.visits) visit.state = now.get(visit.id) ?? visit.state;
  await transact(["meta"], "readwrite", async ({ meta }) => {
    const there = (await asked(meta.get(newsKey(pack)))) ?? [];
    meta.put(
      there.filter((one) => !heard.has(`${one.visit} ${one.at}`)),
      newsKey(pack),
    );
    const key = `pack:${pack.person.id}:${pack.town.code}`;
    const kept = await asked(meta.get(key));
    if (kept) meta.put({ ...kept, visits: pack.visits }, key);
  });
}
