/* Everything the phone keeps, in IndexedDB. A record is a row in `records` (what may be shown in lists) and its contents
   in `contents`: plain while it is a draft, sealed afterwards. Every change of state is one transaction, so a killed tab
   leaves the state before or the state after. */

const NAME = "reprise-field",
  VERSION = 1;
export const DRAFT = "draft",
  SEALED = "sealed",
  SENDING = "sending",
  ACKNOWLEDGED = "acknowledged";

let opened = null;

export function open() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      const base = asked.result;
      base.createObjectStore("meta");
      base.createObjectStore("forms");
      base.createObjectStore("records", { keyPath: "id" });
      base.createObjectStore("contents");
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      asked.result.onclose = () => (opened = null);
      done(asked.result);
    };
    asked.onerror = () => {
      opened = null;
      failed(asked.error);
    };
  });
  return opened;
}

/** Runs `work(stores)` in one transaction and waits until it is on disk. Only IndexedDB may be awaited inside. */
export async function transact(names, mode, work) {
  const base = await open();
  return new Promise((done, failed) => {
    const transaction = base.transaction(names, mode, { durability: "strict" });
    let result;
    transaction.oncomplete = () => done(result);
    transaction.onabort = () => failed(transaction.error ?? new DOMException("aborted", "AbortError"));
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    Promise.resolve(work(stores)).then(
      (value) => (result = value),
      (error) => {
        failed(error);
        try {
          transaction.abort();
        } catch {
          // Already ended by the error itself.
        }
      },
    );
  });
}

/** The answer of one IndexedDB request. */
export const asked = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

export const getMeta = (key) => transact(["meta"], "readonly", ({ meta }) => asked(meta.get(key)));
export const setMeta = (key, value) =>
  transact(["meta"], "readwrite", ({ meta }) => {
    meta.put(value, key);
  });
export const getForm = (id, version) =>
  transact(["forms"], "readonly", ({ forms }) => asked(forms.get(`${id}|${version}`)));
export const allRecords = () => transact(["records"], "readonly", ({ records }) => asked(records.getAll()));
export const getRecord = (id) => transact(["records"], "readonly", ({ records }) => asked(records.get(id)));
export const getContents = (id) => transact(["contents"], "readonly", ({ contents }) => asked(contents.get(id)));

/** Keeps what was fetched for the field, and every form definition by version: drafts of an older one stay fillable. */
export function keepPack(key, pack) {
  const { forms: definitions, ...rest } = pack;
  return transact(["meta", "forms"], "readwrite", ({ meta, forms }) => {
    for (const form of definitions) forms.put(form, `${form.form_id}|${form.version}`);
    meta.put(
      {
        ...rest,
        form_list: definitions.map(({ form_id, version, title, titles }) => ({ form_id, version, title, titles })),
      },
      key,
    );
  });
}

/** Writes a draft: its row and its plain contents {answers, photos: {name: ArrayBuffer}}. */
export function saveDraft(record, contents) {
  return transact(["records", "contents"], "readwrite", async ({ records, contents: kept }) => {
    const there = await asked(records.get(record.id));
    if (there && there.state !== DRAFT) throw new DOMException("It is sealed already.", "InvalidStateError");
    records.put(record);
    kept.put(contents, record.id);
  });
}

/** A draft becomes sealed: the plain contents are replaced by sealed ones in the same transaction. */
export function sealDraft(record, sealed) {
  return transact(["records", "contents"], "readwrite", async ({ records, contents }) => {
    const there = await asked(records.get(record.id));
    if (there && there.state !== DRAFT) return false;
    records.put({ ...record, state: SEALED });
    contents.put(sealed, record.id);
    return true;
  });
}

/** Changes fields of a row; `change(row)` gives the new row, or null to leave it. */
export function updateRecord(id, change) {
  return transact(["records"], "readwrite", async ({ records }) => {
    const row = await asked(records.get(id));
    const changed = row && change(row);
    if (changed) records.put(changed);
    return changed ?? row;
  });
}

/** The town has it: the sealed contents go, the row stays with its receipt. Nothing else ever deletes a sealed record. */
export function acknowledge(id, receipt) {
  return transact(["records", "contents"], "readwrite", async ({ records, contents }) => {
    const row = await asked(records.get(id));
    if (!row) return null;
    const kept = { ...row, state: ACKNOWLEDGED, receipt, problem: null, acknowledged_at: new Date().toISOString() };
    records.put(kept);
    contents.delete(id);
    return kept;
  });
}

/** Removes a draft the person threw away, or an acknowledged row that has been shown long enough. */
export function forget(id, state) {
  return transact(["records", "contents"], "readwrite", async ({ records, contents }) => {
    const row = await asked(records.get(id));
    if (row?.state !== state) return;
    records.delete(id);
    contents.delete(id);
  });
}
