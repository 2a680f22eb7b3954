/* Sealing to the town's public key: what is sealed, this phone itself can no longer read.
   Layout of a sealed part: "RPF1", 8 bytes of key id, 65 bytes of an ephemeral P-256 point, 12 bytes nonce, AES-256-GCM.
   The key is HKDF-SHA256 of the shared secret, salt the ephemeral point, info "reprise field 1". */

const MAGIC = new TextEncoder().encode("RPF1");
const INFO = new TextEncoder().encode("reprise field 1");

const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

/** `key`: {id: 16 hex letters, public: base64 of the uncompressed point}. */
export async function seal(key, bytes) {
  const theirs = await crypto.subtle.importKey(
    "raw",
    fromBase64(key.public),
    { name: "ECDH", namedCurve: "P-256" },
    false,
    [],
  );
  const ours = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const stretched = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const aes = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: point, info: INFO },
    stretched,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const head = new Uint8Array([...MAGIC, ...key.id.match(/../g).map((pair) => parseInt(pair, 16)), ...point, ...nonce]);
  const hidden = new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: head }, aes, bytes),
  );
  const sealed = new Uint8Array(head.length + hidden.length);
  sealed.set(head);
  sealed.set(hidden, head.length);
  return sealed;
}
