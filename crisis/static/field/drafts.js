/* Drafts: begun, saved under a second after the last key, sealed at the end. */
import { Filled } from "./filled.js";
import { writeLedger } from "./outbox.js";
import { seal, sha256 } from "./seal.js";
import { DRAFT, getContents, getForm, getMeta, getRecord, saveDraft, sealDraft, setMeta, transact } from "./store.js";

const SAVE_AFTER_MS = 400;

/** A new record of a form; `answers` are known before (a visit, a record sent back), `replaces` the one it corrects. */
export async function begin(
  pack,
  { form_id, version, title },
  { answers = {}, replaces = null, visit = null, label = "" } = {},
) {
  const id = `uuid:${crypto.randomUUID()}`;
  const form = await getForm(form_id, version);
  const filled = new Filled(form, { ...answers });
  filled.begin();
  const now = new Date().toISOString();
  const record = {
    id,
    user: pack.person.id,
    person: pack.person.name,
    town: pack.town.code,
    form_id,
    version,
    title: label || title,
    place: "",
    state: DRAFT,
    replaces,
    visit,
    created_at: now,
    changed_at: now,
    sealed_at: null,
    size: 0,
    tries: 0,
  };
  await saveDraft(record, { answers: filled.answers, photos: {} });
  await writeLedger();
  return id;
}

export class Draft extends EventTarget {
  static async open(id, pack) {
    const record = await getRecord(id);
    if (record?.state !== DRAFT) return null;
    const contents = await getContents(id);
    const form = await getForm(record.form_id, record.version);
    return form && contents ? new Draft(record, contents, form, pack) : null;
  }

  constructor(record, { answers, photos }, form, pack) {
    super();
    Object.assign(this, { record, photos, pack, saving: null, savedAt: record.changed_at });
    this.filled = new Filled(form, answers);
  }

  /** Takes an answer and saves soon; false when the phone is full (the answer is still on the screen). */
  set(path, value, { now = false } = {}) {
    this.filled.set(path, value);
    clearTimeout(this.timer);
    if (now) return this.save();
    this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
    return Promise.resolve(true);
  }

  async save() {
    clearTimeout(this.timer);
    this.record = { ...this.record, changed_at: new Date().toISOString(), place: this.placeLabel() };
    // One save after the other, so that the last one wins.
    this.saving = (this.saving ?? Promise.resolve())
      .then(() => saveDraft(this.record, { answers: { ...this.filled.answers }, photos: { ...this.photos } }))
      .then(
        () => true,
        () => false,
      );
    const kept = await this.saving;
    if (kept) this.savedAt = this.record.changed_at;
    this.dispatchEvent(new CustomEvent("saved", { detail: kept }));
    return kept;
  }

  /** What lists may show: the code of a building, a facility or a neighbourhood, never what was answered about people. */
  placeLabel() {
    const { answers } = this.filled;
    return answers["/structure"] || answers["/facility"] || answers["/neighbourhood"] || this.record.place || "";
  }

  /** A photo this phone does not hold (of the record that is corrected) is not named: the town would wait for it. */
  leaveOutLostPhotos() {
    for (const question of this.filled.photos())
      if (!this.photos[this.filled.answers[question.path]]) this.filled.set(question.path, "");
  }

  async seal() {
    this.leaveOutLostPhotos();
    await this.save();
    const xml = new TextEncoder().encode(this.filled.xml(this.record.id, this.record.replaces));
    const key = this.pack.seal;
    const parts = [];
    for (const name of this.filled.files())
      if (this.photos[name]) parts.push({ name, bytes: await seal(key, this.photos[name]) });
    const sealed = { xml: await seal(key, xml), parts };
    const size = sealed.xml.byteLength + parts.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    const now = new Date().toISOString();
    const done = await sealDraft(
      { ...this.record, sealed_at: now, changed_at: now, size, photos: parts.length, sha256: await sha256(xml) },
      sealed,
    );
    await writeLedger();
    return done;
  }
}

/** Puts a draft away; `undo` brings it back. */
export async function throwAway(id) {
  const record = await getRecord(id);
  const contents = await getContents(id);
  if (record?.state !== DRAFT) return null;
  await setMeta("thrown_away", [...((await getMeta("thrown_away")) ?? []).slice(-200), id]);
  await transact(["records", "contents"], "readwrite", ({ records, contents: kept }) => {
    records.delete(id);
    kept.delete(id);
  });
  await writeLedger();
  return async () => {
    await setMeta(
      "thrown_away",
      ((await getMeta("thrown_away")) ?? []).filter((other) => other !== id),
    );
    await saveDraft(record, contents);
    await writeLedger();
  };
}
