/* The 84 bytes of an entry, and the file that proves one: C2SP tlog-proof. */

const ENTRY = 84;
const NOWHERE = (1n << 64n) - 1n;
const KINDS = new Map([
  [1, "version"],
  [16, "signed"],
  [17, "withdrawn"],
  [18, "invalidated"],
  [32, "closed"],
  [33, "delivered"],
  [34, "paper"],
]);
const METHODS = new Set([0, 1, 2, 16, 17]);
const REASONS = 8;
const BARE = new Set(["withdrawn", "invalidated", "closed"]); // they commit to nothing

function readEntry(raw) {
  if (raw.length !== ENTRY) throw new Wrong("entry");
  const view = new DataView(raw.buffer, raw.byteOffset, ENTRY);
  const entry = {
    raw,
    kind: KINDS.get(raw[1]),
    detail: raw[2],
    letter: raw.slice(4, 20),
    hour: view.getUint32(20),
    ref: view.getBigUint64(24),
    before: view.getBigUint64(32),
    signed: view.getUint32(40),
    withdrawn: view.getUint32(44),
    invalidated: view.getUint32(48),
    commit: raw.slice(52),
  };
  if (raw[0] !== 1 || raw[3] !== 0 || !isSound(entry)) throw new Wrong("entry");
  return entry;
}

/* What can be said of an entry without the others. */
function isSound({ kind, detail, ref, before, commit, ...totals }) {
  if (!kind) return false;
  const details = { signed: METHODS.has(detail), invalidated: detail < REASONS };
  if (!(details[kind] ?? detail === 0)) return false;
  const refers = { version: ref === NOWHERE, paper: ref > 0n && ref < 1n << 32n };
  if (!(refers[kind] ?? ref < TOP)) return false;
  if (!(before < TOP || (kind === "version" && before === NOWHERE))) return false;
  if (totals.withdrawn + totals.invalidated > totals.signed) return false;
  return commit.every((byte) => byte === 0) === BARE.has(kind);
}

const countOf = (entry) => entry.signed - entry.withdrawn - entry.invalidated;

/* Index, hashes and checkpoint of a proof; its entry, and a receipt's seed and parts, where it
   carries them in its extra line. */
async function readProof(bytes) {
  const text = textOf(bytes, PROOF_BYTES, "proof-text");
  const [head, note] = parted(text, "\n\n") ?? ["", ""];
  const [first, ...lines] = head.split("\n");
  if (first !== "c2sp.org/tlog-proof@v1") throw new Wrong("proof-first");
  let extra = null;
  if (lines[0]?.startsWith("extra ")) extra = unbased(lines.shift().slice(6), "proof-extra");
  if (!lines[0]?.startsWith("index ")) throw new Wrong("proof-index");
  const index = numberOf(lines.shift().slice(6), "proof-index");
  if (lines.length > MOST_STEPS) throw new Wrong("proof-length");
  const hashes = lines.map((line) => digestOf(line, "proof-line"));
  const checkpoint = inUtf8(note);
  const tree = await readCheckpoint(readNote(checkpoint).text);
  return { index, hashes, checkpoint, tree, ...(await readExtra(extra)) };
}

/* `02 ‖ entry ‖ seed ‖ c_0 … c_4`, the older `01 ‖ entry ‖ seed`, or the entry alone. */
async function readExtra(extra) {
  if (extra?.length === ENTRY) return { entry: readEntry(extra), seed: null, parts: [] };
  const lengths = { 1: 1 + ENTRY + HASH, 2: 1 + ENTRY + 6 * HASH };
  if (!extra || extra.length !== lengths[extra[0]]) throw new Wrong("proof-extra");
  const entry = readEntry(extra.slice(1, 1 + ENTRY));
  const [seed, ...parts] = slices(extra.slice(1 + ENTRY), HASH);
  if (entry.kind !== "signed") throw new Wrong("proof-extra");
  if (parts.length && !(await commitsTo(entry, parts))) throw new Wrong("parts");
  return { entry, seed, parts };
}

function slices(bytes, width) {
  const count = bytes.length / width;
  return Array.from({ length: count }, (_, at) => bytes.slice(at * width, (at + 1) * width));
}
