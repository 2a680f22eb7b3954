/* What waits, what was sent, what is a draft; what came back, what is missing. */
import { el, note, show } from "./dom.js";
import { start } from "./fill.js";
import { ACKNOWLEDGED, allRecords, DRAFT, SEALED, SENDING } from "./store.js";
import { takeBack, takeBackUntil } from "./takeback.js";
import { inLanguage, kilobytes, say, time, when } from "./words.js";

export async function counts(pack) {
  const records = (await allRecords()).filter((record) => record.town === pack.town.code);
  const mine = records.filter((record) => record.user === pack.person.id);
  const of = (list, ...states) => list.filter((record) => states.includes(record.state)).length;
  const others = records.filter((record) => record.user !== pack.person.id && [SEALED, SENDING].includes(record.state));
  return {
    draft: of(mine, DRAFT),
    waiting: of(records, SEALED, SENDING),
    sent: of(
      mine.filter((record) => !record.withdraws),
      ACKNOWLEDGED,
    ),
    others,
  };
}

const label = (record) => {
  const what = [record.title, record.place].filter(Boolean).join(", ");
  return record.withdraws ? say("take_back_of", { what }) : what;
};

/** What a row of the sent list says of its fate, and the press that takes it back while that can be. */
function fate(record) {
  if (record.taken_back) return [el("span.st.unk", {}, say("taken_back"))];
  if (record.taken_back === false) return [el("span.st.part", {}, say("not_taken_back"))];
  if (record.taking_back) return [el("span.st.info", {}, say("taking_back"))];
  return [el("span.st.ok", {}, `${say("sent")} ${time(record.acknowledged_at)}`)];
}

function takeBackButton(app, record) {
  const until = takeBackUntil(record, app.pack);
  if (!until) return null;
  const box = el("div.full");
  const ask = el(
    "button.btn",
    {
      type: "button",
      onclick: () => {
        const sure = el(
          "button.btn.main",
          {
            type: "button",
            onclick: async () => {
              await takeBack(record, app.pack);
              app.outbox.send({ now: true });
              app.go(location.hash);
            },
          },
          say("take_back"),
        );
        box.replaceChildren(
          el("p.note.part", { role: "alert" }, say("take_back_sure")),
          el(
            "p.row.f-wrap",
            {},
            sure,
            el("button.btn", { type: "button", onclick: () => box.replaceChildren(ask) }, say("keep_it")),
          ),
        );
        sure.focus();
      },
    },
    until === Infinity ? say("take_back") : say("take_back_until", { time: time(until) }),
  );
  box.append(ask);
  return box;
}

export async function draftsScreen(app) {
  const rows = (await mine(app, DRAFT)).map((record) =>
    el(
      "li.out-row",
      {},
      el("a.f-row", { href: `#/fill/${record.id}/0` }, el("b", {}, el("bdi", {}, label(record)))),
      el("span.small.muted", {}, when(record.changed_at)),
    ),
  );
  show({
    title: say("drafts_title"),
    body: [rows.length ? el("ul", {}, rows) : el("p.empty", {}, say("nothing_here"))],
  });
}

export async function sentScreen(app) {
  const rows = (await mine(app, ACKNOWLEDGED))
    .filter((record) => !record.withdraws)
    .map((record) =>
      el(
        "li.out-row",
        {},
        el("b", {}, el("bdi", {}, label(record))),
        fate(record),
        el(
          "span.small.muted.full",
          {},
          say("receipt", { r: record.receipt.receipt.slice(0, 8) }),
          record.receipt.state === "kept_aside" ? ` ${say("kept_aside")}` : "",
        ),
        takeBackButton(app, record),
      ),
    );
  show({ title: say("sent_title"), body: [rows.length ? el("ul", {}, rows) : el("p.empty", {}, say("nothing_here"))] });
}

async function mine(app, ...states) {
  return (await allRecords())
    .filter(
      (record) =>
        record.user === app.pack.person.id && record.town === app.pack.town.code && states.includes(record.state),
    )
    .sort((a, b) => b.changed_at.localeCompare(a.changed_at));
}

export async function waitingScreen(app) {
  const asked = location.hash;
  const waiting = (await allRecords())
    .filter((record) => record.town === app.pack.town.code && [SEALED, SENDING].includes(record.state))
    .sort((a, b) => a.sealed_at.localeCompare(b.sealed_at));
  const sent = (await mine(app, ACKNOWLEDGED)).filter((record) => !record.withdraws).slice(0, 5);
  const { progress } = app.outbox;
  const body = [];
  if (app.outbox.signedOut)
    body.push(
      el(
        "p.note.part",
        {},
        say("sign_in_to_send"),
        " ",
        el("a", { href: "/accounts/login/?next=/field/" }, say("sign_in")),
      ),
    );
  if (progress) body.push(progressCard(progress));
  body.push(
    waiting.length
      ? el(
          "ul",
          {},
          waiting.map((record) => waitingRow(app, record)),
        )
      : el("p.empty", {}, say("nothing_waits")),
  );
  body.push(
    el(
      "ul",
      {},
      sent.map((record) =>
        el("li.out-row", {}, el("b", {}, el("bdi", {}, label(record))), fate(record), takeBackButton(app, record)),
      ),
    ),
  );
  body.push(
    el(
      "p.row.f-wrap",
      {},
      el("label.btn", { for: "hand-in" }, say("hand_in")),
      el("input.vh", { type: "file", id: "hand-in", onchange: (event) => handIn(app, event.target.files[0]) }),
    ),
  );
  const next = app.just && app.pack.form_list.find((form) => form.form_id === app.just.form_id);
  if (next)
    body.unshift(
      el(
        "button.btn.main.wide",
        {
          type: "button",
          id: "another",
          onclick: () =>
            start(app, next, { answers: { ...app.just.sticky }, label: inLanguage(next.titles) || next.title }),
        },
        say("another", { what: inLanguage(next.titles) || next.title }),
      ),
    );
  if (location.hash !== asked) return; // the person has gone on while the list was read
  show({
    title: say("waiting_title"),
    body,
    foot: waiting.length
      ? [
          el("button.btn.grow", { type: "button", onclick: () => exportAll(app) }, say("save_file")),
          progress
            ? el("button.btn.grow", { type: "button", onclick: () => app.outbox.stop() }, say("stop"))
            : el(
                "button.btn.main.grow",
                { type: "button", onclick: () => app.outbox.send({ now: true }) },
                say("send_now", { n: waiting.length }),
              ),
        ]
      : [],
  });
}

function progressCard({ sent, size, done, count }) {
  const share = size ? Math.min(100, Math.round((100 * sent) / size)) : 0;
  return el(
    "section.card.f-card",
    {},
    el("b", {}, say("sending_n", { n: done + 1, all: count })),
    el(
      "div.bar",
      {
        role: "progressbar",
        "aria-label": say("sending"),
        "aria-valuenow": String(share),
        "aria-valuemin": "0",
        "aria-valuemax": "100",
      },
      el("i.f-done", { style: `inline-size:${share}%` }),
    ),
    el("p.small.muted", {}, say("sending_hint", { sent: kilobytes(Math.min(sent, size)), size: kilobytes(size) })),
  );
}

function waitingRow(app, record) {
  const state =
    record.state === SENDING
      ? el("span.st.info", {}, say("sending"))
      : record.tries
        ? el("span.st.part", {}, say("tried", { n: record.tries }))
        : el("span.st.unk", {}, say("waiting"));
  const why = record.problem
    ? say("tried_why", {
        why: reason(record.problem),
        when: record.next_try > Date.now() ? time(record.next_try) : say("now"),
      })
    : say("sealed_at", { time: time(record.sealed_at), kb: kilobytes(record.size) });
  return el(
    "li.out-row",
    {},
    el("b", {}, el("bdi", {}, label(record))),
    state,
    el("span.small.muted.full", {}, record.taking_back ? say("taking_back") : why),
    record.user === app.pack.person.id ? takeBackButton(app, record) : null,
  );
}

function reason({ status, text }) {
  if (status === 401) return say("why_signed_out");
  if (text === "missing") return say("why_missing");
  if (text === "portal") return say("why_portal");
  if (status >= 500) return say("why_server");
  return text && text !== "network" && text !== "stopped" ? text : say("why_network");
}

async function exportAll(app) {
  const { count, blob } = await app.outbox.exportFile(app.pack.town.code);
  const address = URL.createObjectURL(blob);
  const link = el("a", {
    href: address,
    download: `reprise-${app.pack.town.code}-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-")}.outbox`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  document.getElementById("body").prepend(note(say("saved_file", { n: count })));
}

async function handIn(app, file) {
  if (!file) return;
  const count = await app.handIn(file).catch(() => null);
  document
    .getElementById("body")
    .prepend(count === null ? note(say("prepare_failed"), "out") : note(say("handed_in", { n: count })));
}
