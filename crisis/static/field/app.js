/* The field app: screens by the part of the address after #, everything from this phone's own storage. */
import { el, note, show } from "./dom.js";
import { fillScreen, letGo, start } from "./fill.js";
import { counts, draftsScreen, sentScreen, waitingScreen } from "./lists.js";
import { credentials, lostSince, Outbox, writeLedger } from "./outbox.js";
import { currentPack, deviceId, explainMissing, fetchPack, SignedOut, tellHoldings } from "./pack.js";
import { getMeta, setMeta } from "./store.js";
import { sendNews, visitList, visitScreen } from "./visits.js";
import { inLanguage, kilobytes, language, LANGUAGES, nameOf, say, speak, when } from "./words.js";

const app = {
  pack: null,
  outbox: null,
  draft: null,
  here: null,
  undo: null,
  lost: [],
  missing: [],
  go: (address) => (location.hash === address ? route() : (location.hash = address)),
};
const PERSIST_DAYS = 7;

app.handIn = async (file) => {
  const answer = await fetch(`/api/v1/municipalities/${app.pack.town.code}/field/outbox`, {
    method: "POST",
    body: file,
    headers: { "Content-Type": "application/octet-stream", Accept: "application/json", ...(await credentials()) },
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return (await answer.json()).receipts.length;
};

async function route() {
  const [, screen = "", id = "", step = ""] = location.hash.split("/");
  if (screen !== "fill" && app.draft) letGo(app);
  if (!globalThis.isSecureContext)
    return show({ title: "Reprise", home: false, body: [note(say("not_secure"), "out")] });
  if (!app.pack) return welcomeScreen();
  if (screen === "fill") return fillScreen(app, decodeURIComponent(id), step);
  if (screen === "waiting") return waitingScreen(app);
  if (screen === "drafts") return draftsScreen(app);
  if (screen === "sent") return sentScreen(app);
  if (screen === "missing") return missingScreen();
  if (screen === "new") return formsScreen();
  if (screen === "visit") return visitScreen(app, id);
  if (screen === "prepare") return prepareScreen();
  return homeScreen();
}

function languages() {
  return LANGUAGES.filter((code) => code !== language).map((code) =>
    el(
      "button.btn",
      {
        type: "button",
        lang: code,
        "aria-label": `${say("language")}: ${nameOf(code)}`,
        onclick: () => {
          speak(code);
          route();
        },
      },
      code === "ar" ? "عربي" : code.toUpperCase(),
    ),
  );
}

/** Another person takes this phone: the key of the QR goes, what waits stays. */
async function leave() {
  await setMeta("device_key", null);
  location.href = "/accounts/logout/?next=/field/";
}

function welcomeScreen() {
  show({
    title: say("welcome"),
    home: false,
    body: [
      el("p", {}, say("welcome_text")),
      el("a.btn.main.wide", { href: "/accounts/login/?next=/field/" }, say("sign_in")),
      el("button.btn.wide", { type: "button", onclick: prepare }, say("prepare")),
    ],
    foot: languages(),
  });
}

async function prepare() {
  show({ title: say("prepare"), home: Boolean(app.pack), body: [el("p", { role: "status" }, say("preparing"))] });
  try {
    app.pack = await fetchPack(app.pack?.town.code);
    await afterFetch();
    prepareScreen();
  } catch (problem) {
    const sign = problem instanceof SignedOut;
    show({
      title: say("prepare"),
      home: Boolean(app.pack),
      body: [
        note(say(sign ? "sign_in_to_send" : "prepare_failed"), "part"),
        sign ? el("a.btn.main.wide", { href: "/accounts/login/?next=/field/" }, say("sign_in")) : null,
      ],
      foot: languages(),
    });
  }
}

async function afterFetch() {
  app.outbox.signedOut = false;
  await sendNews(app.pack);
  await navigator.storage?.persist?.().catch(() => false);
  app.missing = (await tellHoldings(app.pack, app.outbox.device).catch(() => null)) ?? app.missing;
}

function prepareScreen() {
  const { pack } = app;
  const stored = say("prepared", {
    forms: pack.form_list.length,
    places: pack.lists.places?.length ?? 0,
    visits: pack.visits.length,
    kb: kilobytes(pack.bytes),
    when: when(pack.fetched_at),
  });
  show({
    title: say("prepare"),
    body: [
      note(stored),
      el("p.small.muted", {}, say("who", { who: pack.person.name })),
      el("button.btn.wide", { type: "button", onclick: leave }, say("switch_person")),
    ],
    foot: [el("button.btn.main.grow", { type: "button", onclick: prepare }, say("prepare"))],
  });
}

function formsScreen() {
  const rows = app.pack.form_list.map((form) =>
    el(
      "li",
      {},
      el(
        "button.btn.wide.f-start",
        { type: "button", onclick: () => start(app, form, { label: inLanguage(form.titles) || form.title }) },
        inLanguage(form.titles) || form.title,
      ),
    ),
  );
  show({
    title: say("which_form"),
    body: [rows.length ? el("ul.stack", {}, rows) : el("p.empty", {}, say("no_forms"))],
  });
}

async function homeScreen() {
  const { pack } = app;
  const asked = location.hash;
  const { draft, waiting, sent, others } = await counts(pack);
  const last = await getMeta("last_sent");
  const persisted = (await navigator.storage?.persisted?.().catch(() => true)) ?? true;
  const state = app.outbox.running
    ? ["late", say("weak")]
    : navigator.onLine
      ? ["", say("online")]
      : ["off", say("offline")];
  if (location.hash !== asked) return; // the person has gone on while the counts were read
  document.documentElement.style.setProperty("--town", pack.town.colour);
  show({
    title: pack.town.name,
    sub: pack.person.name,
    home: false,
    beside: el(`span.live${state[0] ? `.${state[0]}` : ""}`, {}, state[1]),
    body: [
      ...warnings(pack, persisted, waiting, others),
      el(
        "nav.three",
        { "aria-label": say("all_answers") },
        ...[
          ["drafts", draft, "draft"],
          ["waiting", waiting, "waiting"],
          ["sent", sent, "sent"],
        ].map(([address, n, word]) =>
          el("a", { href: `#/${address}`, id: `count-${word}` }, el("b", {}, n.toLocaleString(language)), say(word)),
        ),
      ),
      waiting
        ? el(
            "button.btn.main.wide",
            {
              type: "button",
              id: "send",
              onclick: () => {
                app.outbox.send({ now: true });
                app.go("#/waiting");
              },
            },
            say("send_now", { n: waiting }),
          )
        : null,
      el("p.tiny.muted.f-centre", {}, last ? say("last_sent", { when: when(last) }) : say("never_sent")),
      ...(pack.returned ?? []).filter((item) => !(app.corrected ?? []).includes(item.instance_id)).map(returnedCard),
      el(
        "section",
        { "aria-labelledby": "visits" },
        el("h2.h3", { id: "visits" }, say("visits")),
        await visitList(app),
      ),
    ],
    foot: [
      el("a.btn.main.grow", { href: "#/new" }, say("new_report")),
      el("a.btn", { href: "#/prepare", "aria-label": say("prepare") }, "⟳"),
      ...languages(),
    ],
  });
}

function warnings(pack, persisted, waiting, others) {
  const named = (items) =>
    el(
      "ul",
      {},
      items.map((item) =>
        el("li", {}, el("bdi", {}, [item.title, item.place, item.at ? when(item.at) : ""].filter(Boolean).join(", "))),
      ),
    );
  return [
    app.undo
      ? el(
          "p.note",
          { role: "status" },
          say("thrown"),
          " ",
          el(
            "button.btn",
            {
              type: "button",
              onclick: async () => {
                await app.undo();
                app.undo = null;
                route();
              },
            },
            say("undo"),
          ),
        )
      : null,
    app.lost.length
      ? el(
          "section.note.out",
          { role: "alert" },
          el("b", {}, say("lost_title")),
          el("p", {}, say("lost_text")),
          named(app.lost),
          el(
            "button.btn",
            {
              type: "button",
              onclick: async () => {
                app.lost = [];
                await writeLedger();
                route();
              },
            },
            say("understood"),
          ),
        )
      : null,
    app.missing.length
      ? el(
          "section.note.out",
          { role: "alert" },
          el("p", {}, say("others_lost")),
          named(app.missing),
          el("a.btn", { href: "#/missing" }, say("explain")),
        )
      : null,
    app.update
      ? el(
          "p.note",
          {},
          say("updated"),
          " ",
          el("button.btn", { type: "button", onclick: () => location.reload() }, say("reload")),
        )
      : null,
    app.outbox.signedOut
      ? el(
          "p.note.part",
          {},
          say("sign_in_to_send"),
          " ",
          el("a", { href: "/accounts/login/?next=/field/" }, say("sign_in")),
        )
      : null,
    pack.clock_off_min ? note(say("clock_wrong", { n: Math.abs(pack.clock_off_min) }), "part") : null,
    others.length
      ? note(
          say("switch_waits", {
            n: others.length,
            who: [...new Set(others.map((record) => record.person))].join(", "),
          }),
        )
      : null,
    persisted ? null : note(waiting ? say("expires", { n: waiting, days: PERSIST_DAYS }) : say("persist_no"), "part"),
  ];
}

/** Each record that never came, with a line to say what became of it. */
function missingScreen() {
  const rows = app.missing.map((item, n) => {
    const told = el("div", { role: "alert" });
    const why = el("input.in", {
      type: "text",
      id: `why-${n}`,
      required: true,
      minLength: 3,
      maxLength: 300,
      autocomplete: "off",
    });
    const form = el(
      "form.stack",
      {
        onsubmit: async (event) => {
          event.preventDefault();
          if (!(await explainMissing(app.pack, item.instance_id, why.value)))
            return told.replaceChildren(note(say("prepare_failed"), "part"));
          app.missing = app.missing.filter((other) => other !== item);
          return app.missing.length ? missingScreen() : app.go("#/");
        },
      },
      el("label.lab", { for: `why-${n}` }, say("explain_why")),
      why,
      told,
      el("button.btn.main", { type: "submit" }, say("set_aside")),
    );
    return el(
      "li.card.f-card",
      {},
      el("b", {}, el("bdi", {}, [item.title, item.place, when(item.at)].filter(Boolean).join(", "))),
      form,
    );
  });
  show({
    title: say("missing_title"),
    body: [
      el("p", {}, say("others_lost")),
      rows.length ? el("ul.stack", {}, rows) : el("p.empty", {}, say("nothing_here")),
    ],
  });
}

function returnedCard(item) {
  const form = app.pack.form_list.find((one) => one.form_id === item.form_id);
  return el(
    "section.card.f-card",
    {},
    el(
      "p.row",
      {},
      el("b.grow", {}, el("bdi", {}, [item.title, item.place].filter(Boolean).join(", "))),
      el("span.st.out", {}, say("sent_back")),
    ),
    el(
      "p.small",
      {},
      el("b", {}, say("from", { who: item.reviewer, place: item.place, time: when(item.at) })),
      " ",
      el("bdi", {}, item.reason),
    ),
    form
      ? el(
          "button.btn.wide",
          {
            type: "button",
            onclick: () => start(app, form, { answers: item.answers, replaces: item.instance_id, label: item.title }),
          },
          say("correct"),
        )
      : null,
  );
}

function follow() {
  navigator.geolocation?.getCurrentPosition?.(
    ({ coords }) => {
      app.here = [coords.longitude, coords.latitude];
      if (["", "#/", "#"].includes(location.hash)) route();
    },
    () => null,
    { maximumAge: 60_000, timeout: 10_000 },
  );
}

/** A QR opens the app with this phone's key behind the #; it is kept and leaves the address. */
async function takeKey() {
  const key = /^#device=([\w-]+)$/.exec(location.hash)?.[1];
  if (!key) return;
  await setMeta("device_key", key);
  await setMeta("current", null);
  history.replaceState(null, "", "/field/");
}

async function begin() {
  speak(language);
  if (!globalThis.isSecureContext) return route();
  await takeKey();
  app.outbox = new Outbox({ device: await deviceId() });
  app.pack = await currentPack();
  app.lost = await lostSince();
  app.outbox.addEventListener("change", () => ["#/waiting", "", "#/", "#"].includes(location.hash) && route());
  app.outbox.addEventListener("progress", () => {
    const bar = document.querySelector("[role=progressbar] i");
    if (bar && app.outbox.progress?.size)
      bar.style.inlineSize = `${Math.min(100, (100 * app.outbox.progress.sent) / app.outbox.progress.size)}%`;
  });
  for (const kind of ["online", "offline"])
    addEventListener(kind, () => ["", "#/", "#"].includes(location.hash) && route());
  addEventListener("online", () => app.pack && sendNews(app.pack));
  addEventListener("hashchange", route);
  addEventListener("pagehide", () => app.draft?.save());
  await route();
  if (
    navigator.permissions &&
    (await navigator.permissions.query({ name: "geolocation" }).catch(() => null))?.state === "granted"
  )
    follow();
  if ("serviceWorker" in navigator) {
    const registration = await navigator.serviceWorker.register("/field/sw.js", { scope: "/field/" });
    registration.addEventListener("updatefound", () => {
      const coming = registration.installing;
      coming?.addEventListener("statechange", () => {
        if (coming.state === "installed" && navigator.serviceWorker.controller) app.update = true;
      });
    });
  }
  if (navigator.onLine) {
    if (!app.pack)
      await fetchPack().then(
        async (pack) => {
          app.pack = pack;
          await afterFetch();
          await route();
        },
        () => null,
      );
    else app.missing = (await tellHoldings(app.pack, app.outbox.device).catch(() => null)) ?? [];
    if (app.missing.length) await route();
  }
  await app.outbox.send();
  if (app.pack) await sendNews(app.pack);
}

begin();
