/* Changes made by this person in this browser, known by the event's UUID from the receipt: they are shown at once. */
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("reprise-own") : null;
const mine = new Set();
channel?.addEventListener("message", (message) => mine.add(message.data));

export function remember(uuid) {
  mine.add(uuid);
  channel?.postMessage(uuid);
}

export const isMine = (uuid) => mine.has(uuid);
