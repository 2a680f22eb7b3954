/* Taking back what was sent: a message of its own, sealed and queued like any record, so that it needs no network now.
   The town decides and its receipt says what became of it; nothing is deleted. */
import { writeLedger } from "./outbox.js";
import { seal, sha256 } from "./seal.js";
import { ACKNOWLEDGED, asked, SEALED, transact } from "./store.js";

const FORM = "reprise_withdrawal";

/** Until when a record can be taken back (milliseconds), 0 where it cannot: sent records for a while, waiting ones as
    long as they wait. */
export function takeBackUntil(record, pack) {
  if (record.withdraws || record.taking_back || !pack.take_back_s) return 0;
  if (record.state === SEALED) return Infinity;
  if (record.state !== ACKNOWLEDGED || record.receipt.state !== "stored") return 0;
  const until = Date.parse(record.acknowledged_at) + 1000 * pack.take_back_s;
  return until > Date.now() ? until : 0;
}

export async function takeBack(record, pack) {
  const id = `uuid:${crypto.randomUUID()}`;
  const after_s =
    record.state === ACKNOWLEDGED
      ? Math.max(0, Math.round((Date.now() - Date.parse(record.acknowledged_at)) / 1000))
      : 0;
  const bytes = new TextEncoder().encode(message(id, { withdraws: record.id, form: record.form_id, after_s }));
  const sealed = { xml: await seal(pack.seal, bytes), parts: [] };
  const now = new Date().toISOString();
  const { user, person, town, title, place } = record;
  const row = {
    id,
    user,
    person,
    town,
    title,
    place,
    form_id: FORM,
    version: "1",
    state: SEALED,
    withdraws: record.id,
    replaces: null,
    visit: null,
    created_at: now,
    changed_at: now,
    sealed_at: now,
    size: sealed.xml.byteLength,
    photos: 0,
    tries: 0,
    sha256: await sha256(bytes),
  };
  await transact(["records", "contents"], "readwrite", async ({ records, contents }) => {
    const there = await asked(records.get(record.id));
    if (!there || there.taking_back) return;
    records.put({ ...there, taking_back: id });
    records.put(row);
    contents.put(sealed, id);
  });
  await writeLedger();
}

function message(id, values) {
  const made = document.implementation.createDocument(null, "data");
  const root = made.documentElement;
  root.setAttribute("id", FORM);
  root.setAttribute("version", "1");
  for (const [name, value] of Object.entries(values)) root.appendChild(made.createElement(name)).textContent = value;
  root.appendChild(made.createElement("meta")).appendChild(made.createElement("instanceID")).textContent = id;
  return `<?xml version="1.0" encoding="UTF-8"?>${new XMLSerializer().serializeToString(made)}`;
}
