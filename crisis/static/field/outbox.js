/* One outbox for all tabs of this phone. A record leaves it only for a receipt that names it and its content; every other
   answer (a portal's page, an error, silence) leaves it where it is. */
import {
  acknowledge,
  ACKNOWLEDGED,
  allRecords,
  forget,
  getContents,
  getMeta,
  SEALED,
  SENDING,
  setMeta,
  updateRecord,
} from "./store.js";

const WAITS_S = [5, 30, 120, 600];
const KEEP_ROWS_MS = 7 * 86_400_000;
const ANSWER_WITHIN_MS = 60_000;

export class Outbox extends EventTarget {
  constructor({ device }) {
    super();
    this.device = device;
    this.running = false;
    this.stopped = false;
    this.again = false;
    this.signedOut = false;
    this.progress = null; // {id, sent, size, done, count}
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("reprise-field") : null;
    this.channel?.addEventListener("message", () => this.dispatchEvent(new Event("change")));
    // The network is back: what was put off for want of it is tried at once.
    addEventListener(
      "online",
      () => document.visibilityState === "visible" && !this.stopped && this.send({ now: true }),
    );
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.send());
    setInterval(() => this.send(), 60_000);
  }

  changed() {
    this.channel?.postMessage("changed");
    this.dispatchEvent(new Event("change"));
  }

  /** Sends what waits, one after the other; in one tab at a time. `now`: also what is to be tried later. */
  async send({ now = false } = {}) {
    if (this.running) {
      this.again ||= now; // pressed while a round was under way: one more, with all that waits
      return;
    }
    if (this.stopped && !now) return;
    this.running = true;
    this.stopped = false;
    this.again = false;
    try {
      await navigator.locks.request("reprise-field-outbox", { ifAvailable: true }, async (lock) => {
        if (lock) await this.sendAll(now);
      });
    } finally {
      this.running = false;
      this.progress = null;
      this.changed();
    }
    if (this.again && !this.stopped) await this.send({ now: true });
  }

  async sendAll(now) {
    await this.tidy();
    const waiting = (await allRecords())
      .filter((record) => [SEALED, SENDING].includes(record.state) && (now || !(record.next_try > Date.now())))
      .sort((a, b) => a.sealed_at.localeCompare(b.sealed_at));
    let done = 0;
    for (const record of waiting) {
      if (this.stopped) return;
      this.progress = { id: record.id, sent: 0, size: record.size, done, count: waiting.length };
      if (!(await this.sendOne(record))) return;
      done += 1;
    }
  }

  stop() {
    this.stopped = true;
    this.request?.abort();
  }

  /** Rows of what was received long ago go; nothing that has no receipt ever does. */
  async tidy() {
    for (const record of await allRecords())
      if (record.state === ACKNOWLEDGED && Date.now() - Date.parse(record.acknowledged_at) > KEEP_ROWS_MS)
        await forget(record.id, ACKNOWLEDGED);
  }

  async sendOne(record) {
    const contents = await getContents(record.id);
    if (!contents) {
      await updateRecord(record.id, (row) => ({ ...row, problem: "contents_gone" }));
      return true;
    }
    await updateRecord(record.id, (row) => ({ ...row, state: SENDING }));
    this.changed();
    const photos = contents.parts.filter((part) => !record.there?.[part.name]);
    const shipments = photos.length ? photos.map((part) => [part]) : [[]];
    let receipt = null;
    for (const parts of shipments) {
      const answer = await this.post(record, contents.xml, parts);
      if (answer.receipt === undefined) {
        await updateRecord(record.id, (row) => failedRow(row, answer));
        this.signedOut = answer.status === 401;
        this.changed();
        return answer.status !== 0 && answer.status !== 401 && answer.status < 500;
      }
      receipt = answer.receipt;
      await updateRecord(record.id, (row) => ({ ...row, there: { ...row.there, ...receipt.files } }));
    }
    this.signedOut = false;
    if (receipt.missing.length && receipt.state === "stored") {
      await updateRecord(record.id, (row) =>
        failedRow({ ...row, there: receipt.files }, { status: 200, text: "missing" }),
      );
      return true;
    }
    await acknowledge(record.id, receipt);
    if (record.withdraws)
      await updateRecord(record.withdraws, (row) => ({ ...row, taken_back: receipt.state === "withdrawn" }));
    await setMeta("last_sent", new Date().toISOString());
    this.changed();
    return true;
  }

  /** {receipt} only if the answer is a receipt for exactly this record; else {status, text}. */
  async post(record, xml, parts) {
    const known = await credentials();
    const form = new FormData();
    form.append("device", this.device);
    form.append("instance_id", record.id);
    form.append("sha256", record.sha256);
    form.append("record", new Blob([xml]), "record");
    for (const part of parts) form.append("part", new Blob([part.bytes]), part.name);
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("POST", `/api/v1/municipalities/${record.town}/field/records`);
      request.timeout = ANSWER_WITHIN_MS + Math.round(record.size / 2);
      request.setRequestHeader("Accept", "application/json");
      for (const [name, value] of Object.entries(known)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => {
        if (!this.progress) return;
        this.progress.sent = event.loaded;
        this.dispatchEvent(new Event("progress"));
      };
      const failed = (text) => () => done({ status: 0, text });
      request.onerror = failed("network");
      request.ontimeout = failed("network");
      request.onabort = failed("stopped");
      request.onload = () => done(receiptOf(request, record) ?? { status: request.status, text: sentenceOf(request) });
      request.send(form);
    });
  }

  /** Everything that waits, still sealed, as one file another device can hand in. */
  async exportFile(town) {
    const parts = [];
    const index = [];
    for (const record of await allRecords()) {
      if (![SEALED, SENDING].includes(record.state) || record.town !== town) continue;
      const contents = await getContents(record.id);
      if (!contents) continue;
      const pieces = [{ name: "", bytes: contents.xml }, ...contents.parts];
      index.push({
        id: record.id,
        sha256: record.sha256,
        parts: pieces.map(({ name, bytes }) => ({ name, size: bytes.byteLength })),
      });
      parts.push(...pieces.map(({ bytes }) => bytes));
    }
    const head = new TextEncoder().encode(
      JSON.stringify({ format: "reprise-outbox-1", town, device: this.device, records: index }),
    );
    return {
      count: index.length,
      blob: new Blob([`RPOX1 ${String(head.length).padStart(12, "0")}\n`, head, ...parts], {
        type: "application/octet-stream",
      }),
    };
  }
}

function failedRow(row, { status, text }) {
  const tries = (row.tries ?? 0) + 1;
  return {
    ...row,
    state: SEALED,
    tries,
    problem: { status, text },
    next_try: Date.now() + 1000 * WAITS_S[Math.min(tries, WAITS_S.length) - 1],
  };
}

function receiptOf(request, record) {
  if (![200, 201, 202].includes(request.status)) return null;
  if (!request.getResponseHeader("Content-Type")?.startsWith("application/json")) return null;
  let receipt;
  try {
    receipt = JSON.parse(request.responseText);
  } catch {
    return null;
  }
  const named =
    receipt.instance_id === record.id && receipt.sha256 === record.sha256 && typeof receipt.receipt === "string";
  return named ? { receipt } : null;
}

function sentenceOf(request) {
  try {
    return JSON.parse(request.responseText).detail ?? "";
  } catch {
    return request.status === 200 ? "portal" : "";
  }
}

/** Headers that say who sends: the key this phone was set up with by QR, else the session's CSRF token. */
export async function credentials() {
  const key = await getMeta("device_key");
  return key ? { Authorization: `Bearer ${key}` } : { "X-CSRFToken": csrfToken() };
}

const csrfToken = () => /(?:^|;\s*)(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";

/** What this phone holds and has no receipt for, as ids and what lists show of them: kept twice here and told to the town,
    so that a loss is noticed and named. */
export async function holdings() {
  return (await allRecords())
    .filter((record) => record.state !== ACKNOWLEDGED)
    .map(({ id, user, town, form_id, title, place, state, changed_at }) => ({
      id,
      user,
      town,
      form_id,
      title,
      place,
      state,
      at: changed_at,
    }));
}

const LEDGER = "reprise-field-ledger";

export async function writeLedger() {
  try {
    localStorage.setItem(LEDGER, JSON.stringify(await holdings()));
  } catch {
    // A full or closed storage: the town's list still knows.
  }
}

/** Records that were here when the ledger was last written and have gone without a receipt. */
export async function lostSince() {
  let ledger = [];
  try {
    ledger = JSON.parse(localStorage.getItem(LEDGER) ?? "[]");
  } catch {
    return [];
  }
  const here = new Set((await allRecords()).map((record) => record.id));
  const thrown = new Set((await getMeta("thrown_away")) ?? []);
  return ledger.filter((item) => !here.has(item.id) && !thrown.has(item.id));
}
