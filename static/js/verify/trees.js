/* Hashes, roots and proofs of a Merkle tree: RFC 6962 section 2.1, RFC 9162 section 2.1. Sizes and
   places are BigInt, because they may be as large as 2^63. */

const MOST_STEPS = 63;

const leafHash = (entry) => sha256(Uint8Array.of(0), entry);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/* The root over hashes that stand side by side, from the left; of none that of an empty tree. */
async function rootOf(hashes) {
  if (!hashes.length) return sha256();
  let row = hashes;
  while (row.length > 1) {
    const pairs = [];
    for (let at = 0; at + 1 < row.length; at += 2) pairs.push(nodeHash(row[at], row[at + 1]));
    row = (await Promise.all(pairs)).concat(row.length % 2 ? row.slice(-1) : []);
  }
  return row[0];
}

/* The steps of a proof on the way up from `place` in a row that ends with `last`, and whether each
   stands on the left. */
function* climb(place, last, proof) {
  for (const step of proof) {
    if (last === 0n) throw new Wrong("proof-length");
    const isLeft = (place & 1n) === 1n || place === last;
    if (isLeft) {
      while (place !== 0n && (place & 1n) === 0n) [place, last] = [place >> 1n, last >> 1n];
    }
    yield [isLeft, step];
    [place, last] = [place >> 1n, last >> 1n];
  }
  if (last !== 0n) throw new Wrong("proof-length");
}

/* RFC 9162 section 2.1.3.2. */
async function checkInclusion(leaf, index, tree, proof) {
  if (index >= tree.size) throw new Wrong("proof-beyond");
  let found = leaf;
  for (const [isLeft, step] of climb(index, tree.size - 1n, proof)) {
    found = await (isLeft ? nodeHash(step, found) : nodeHash(found, step));
  }
  if (!same(found, tree.root)) throw new Wrong("proof-root");
}

/* RFC 9162 section 2.1.4.2: that the `newer` tree begins with the `older` one. */
async function checkConsistency(older, newer, proof) {
  const isPower = (older.size & (older.size - 1n)) === 0n;
  const steps = isPower ? [older.root, ...proof] : proof;
  let [place, last] = [older.size - 1n, newer.size - 1n];
  while (place & 1n) [place, last] = [place >> 1n, last >> 1n];
  let was = steps[0];
  let becomes = steps[0];
  for (const [isLeft, step] of climb(place, last, steps.slice(1))) {
    if (isLeft) was = await nodeHash(step, was);
    becomes = await (isLeft ? nodeHash(step, becomes) : nodeHash(becomes, step));
  }
  if (!same(was, older.root) || !same(becomes, newer.root)) throw new Wrong("asked-forked");
}

/* Whose hashes prove that a tree of `size` begins with one of `older`, both above 0: RFC 6962
   section 2.1.2, each range of leaves as [first, end). */
function consistencyRanges(older, size) {
  const ranges = [];
  let [start, end] = [0n, size];
  while (end !== older) {
    const middle = start + halfOf(end - start);
    if (older <= middle) {
      ranges.unshift([middle, end]);
      end = middle;
    } else {
      ranges.unshift([start, middle]);
      start = middle;
    }
  }
  return start ? [[start, end], ...ranges] : ranges;
}

/* The largest power of two strictly below `size`. */
function halfOf(size) {
  let half = 1n;
  while (half * 2n < size) half *= 2n;
  return half;
}

/* The perfect subtrees of a range as [level, number], the largest first. */
function subtrees([start, end]) {
  const nodes = [];
  while (start < end) {
    let level = 0n;
    while (2n << level <= end - start) level += 1n;
    nodes.push([level, start >> level]);
    start += 1n << level;
  }
  return nodes;
}
