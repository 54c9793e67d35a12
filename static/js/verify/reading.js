/* Reading strictly: each value has one spelling (RFC 4648 3.3 and 3.5; C2SP signed-note). */

const HASH = 32; // bytes of a SHA-256 hash
const TOP = 1n << 63n; // sizes, indexes and times are below it
const TEXT_BYTES = 256 * 1024; // a checkpoint, a policy
const PROOF_BYTES = TEXT_BYTES + 64 * 1024;

/* Something that was checked does not hold; `why` is the key of the sentence that says so. */
class Wrong extends Error {
  constructor(why, values = {}) {
    super(why);
    Object.assign(this, { why, values });
  }
}

/* It could not be checked here, so nothing is said against it. */
class Unchecked extends Error {
  constructor(why, values = {}) {
    super(why);
    Object.assign(this, { why, values });
  }
}

const inUtf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (one, other) => one.length === other.length && one.every((b, at) => b === other[at]);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/* An unsigned number of `width` bytes, big endian. */
function big(value, width) {
  const bytes = new Uint8Array(width);
  for (let at = width - 1, rest = BigInt(value); at >= 0; at--, rest >>= 8n) {
    bytes[at] = Number(rest & 255n);
  }
  return bytes;
}

const fromBig = (bytes) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

async function sha256(...parts) {
  const whole = parts.length === 1 ? parts[0] : joined(...parts); // a document is not copied
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

async function hmac(secret, ...parts) {
  const how = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, how, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, joined(...parts)));
}

const based = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

function unbased(text, why) {
  let letters;
  try {
    letters = atob(text);
  } catch {
    throw new Wrong(why);
  }
  if (btoa(letters) !== text) throw new Wrong(why); // spaces, missing padding, stray low bits
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

function digestOf(text, why) {
  const raw = unbased(text, why);
  if (raw.length !== HASH) throw new Wrong(why);
  return raw;
}

function numberOf(text, why) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) >= TOP) throw new Wrong(why);
  return BigInt(text);
}

/* Text without control characters below a space, except line ends and what `allowed` adds. */
function textOf(bytes, most, why, allowed = "\n") {
  if (bytes.length > most) throw new Wrong("too-long");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Wrong(why);
  }
  for (const letter of text) {
    if (letter < " " && !allowed.includes(letter)) throw new Wrong(why);
  }
  return text;
}

/* Before and after the first `mark`, or nothing when it is not there. */
function parted(text, mark, at = text.indexOf(mark)) {
  return at < 0 ? null : [text.slice(0, at), text.slice(at + mark.length)];
}

/* No space of Unicode, no plus: C2SP signed-note on names of keys. */
function checkName(name, why) {
  if (!name || /[+\0-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(name)) {
    throw new Wrong(why);
  }
}
