/* What is fetched before going to the field: forms, lists of places and facilities, visits, buildings, an outline, the
   key that seals, and what a reviewer sent back. */
import { credentials, holdings, writeLedger } from "./outbox.js";
import { getMeta, keepPack, setMeta } from "./store.js";

const WRONG_CLOCK_MS = 5 * 60_000;

export class SignedOut extends Error {}

export async function fetchPack(code) {
  const began = Date.now();
  const answer = await fetch(code ? `/api/v1/municipalities/${code}/field/pack` : "/api/v1/field/pack", {
    headers: { Accept: "application/json", ...(await credentials()) },
    cache: "no-store",
  });
  if (answer.status === 401 || answer.status === 403) throw new SignedOut();
  if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json"))
    throw new Error(`HTTP ${answer.status}`);
  const text = await answer.text();
  const pack = JSON.parse(text);
  if (!pack.seal?.public || !Array.isArray(pack.forms)) throw new Error("not a pack");
  const middle = (began + Date.now()) / 2;
  const skew = middle - Date.parse(pack.server_time);
  const kept = {
    ...pack,
    bytes: text.length,
    fetched_at: new Date().toISOString(),
    clock_off_min: Math.abs(skew) > WRONG_CLOCK_MS ? Math.round(skew / 60_000) : 0,
  };
  await keepPack(keyOf(kept), kept);
  await setMeta("current", keyOf(kept));
  return currentPack();
}

const keyOf = (pack) => `pack:${pack.person.id}:${pack.town.code}`;

export async function currentPack() {
  const key = await getMeta("current");
  return key ? getMeta(key) : undefined;
}

/** Tells the town what this phone holds, and learns what it believes to be lost. */
export async function tellHoldings(pack, device) {
  await writeLedger();
  const records = (await holdings()).filter((item) => item.user === pack.person.id && item.town === pack.town.code);
  const answer = await fetch(`/api/v1/municipalities/${pack.town.code}/field/holdings`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...(await credentials()) },
    body: JSON.stringify({
      device,
      records: records.map(({ id, form_id, title, place, state, at }) => ({
        instance_id: id,
        form_id,
        title,
        place,
        state,
        at,
      })),
    }),
  });
  if (!answer.ok) return null;
  return (await answer.json()).missing;
}

/** Says why a record that another phone held will not come; false without an answer of the town. */
export async function explainMissing(pack, instance_id, reason) {
  const answer = await fetch(`/api/v1/municipalities/${pack.town.code}/field/holdings/explain`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...(await credentials()) },
    body: JSON.stringify({ instance_id, reason }),
  }).catch(() => null);
  return Boolean(answer?.ok);
}

export async function deviceId() {
  let id = await getMeta("device");
  if (!id) {
    id = crypto.randomUUID();
    await setMeta("device", id);
  }
  return id;
}

/** Metres between two [lon, lat], near enough for "nearest first". */
export function metres([lon1, lat1], [lon2, lat2]) {
  const middle = ((lat1 + lat2) / 2) * (Math.PI / 180);
  return 111_320 * Math.hypot((lon1 - lon2) * Math.cos(middle), lat1 - lat2);
}
