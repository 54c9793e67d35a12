/* Keys, signed notes and checkpoints: C2SP signed-note, tlog-checkpoint, tlog-cosignature. */

const PLAIN = 0x01; // Ed25519 over the text
const COSIGNATURE = 0x04; // Ed25519 over the time and the text
const ML_DSA = 0x06; // no browser checks these yet
const KEY_LENGTHS = new Map([
  [PLAIN, 32],
  [COSIGNATURE, 32],
  [ML_DSA, 1312],
]);
const MOST_SIGNATURES = 64;

/* `<name>+<id in hex>+<base64 of type and key>`; the base64 may contain a plus. */
async function readKey(vkey) {
  const [name, rest] = parted(vkey, "+") ?? [vkey, ""];
  const [id, body] = parted(rest, "+") ?? ["", ""];
  checkName(name, "key");
  const raw = unbased(body, "key");
  if (KEY_LENGTHS.get(raw[0]) !== raw.length - 1) throw new Wrong("key");
  const own = await sha256(inUtf8(`${name}\n`), raw);
  if (hex(own.slice(0, 4)) !== id) throw new Wrong("key");
  return { name, id, type: raw[0], body: raw.slice(1), vkey };
}

/* A note's text, its last line end included, and its signatures, unchecked. */
function readNote(bytes) {
  const text = textOf(bytes, TEXT_BYTES, "note-text");
  const halves = parted(text, "\n\n", text.lastIndexOf("\n\n"));
  if (!halves || !halves[1].endsWith("\n")) throw new Wrong("note-cut");
  const lines = halves[1].slice(0, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) throw new Wrong("note-many");
  return { text: `${halves[0]}\n`, signatures: lines.map(readSignature) };
}

function readSignature(line) {
  const [name, body] = (line.startsWith("— ") && parted(line.slice(2), " ")) || ["", ""];
  checkName(name, "note-line");
  const raw = unbased(body, "note-line");
  if (raw.length < 5) throw new Wrong("note-line");
  return { name, id: hex(raw.slice(0, 4)), signature: raw.slice(4) };
}

/* Whose signatures are good, with the time each tells; one bad one by a known key spoils all. */
async function signersOf(note, keys) {
  const good = new Map();
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((each) => each.name === name && each.id === id);
    if (!key) continue;
    if (good.has(key)) throw new Wrong("note-twice");
    if (key.type === ML_DSA) continue;
    good.set(key, await timeOf(key, note.text, signature));
  }
  return good;
}

async function timeOf(key, text, signature) {
  if (key.type === PLAIN) {
    await checkEd25519(key, signature, inUtf8(text));
    return null;
  }
  const time = fromBig(signature.slice(0, 8));
  if (time >= TOP) throw new Wrong("signature", { name: key.name });
  const message = inUtf8(`cosignature/v1\ntime ${time}\n${text}`);
  await checkEd25519(key, signature.slice(8), message);
  return time;
}

async function checkEd25519(key, signature, message) {
  let good = false;
  try {
    const how = { name: "Ed25519" };
    const imported = await crypto.subtle.importKey("raw", key.body, how, false, ["verify"]);
    good = await crypto.subtle.verify(how, imported, signature, message);
  } catch {
    if (!(await knowsEd25519())) throw new Unchecked("no-ed25519");
  }
  if (!good) throw new Wrong("signature", { name: key.name });
}

/* Whether this browser can check such signatures at all: tried with a key that is one. */
async function knowsEd25519() {
  const point = new Uint8Array(32).fill(0x66);
  point[0] = 0x58; // the base point of the curve
  try {
    await crypto.subtle.importKey("raw", point, { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

/* Which log's tree, of how many entries, with which root; there may be lines after these. */
async function readCheckpoint(text) {
  const [origin, size, root, ...more] = text.slice(0, -1).split("\n");
  if (root === undefined || more.includes("")) throw new Wrong("checkpoint");
  checkName(origin, "checkpoint");
  if (inUtf8(origin).length > 255) throw new Wrong("checkpoint");
  const tree = {
    origin,
    size: numberOf(size, "checkpoint"),
    root: digestOf(root, "checkpoint"),
  };
  if (!tree.size && !same(tree.root, await sha256())) throw new Wrong("checkpoint");
  return tree;
}

const isSameTree = (one, other) =>
  one.origin === other.origin && one.size === other.size && same(one.root, other.root);
