/* What the log says now. Only its public files are asked for, by the same names for everybody: its
   checkpoint, then all entries of a small log, or the tiles that link two trees of a large one. */

const SMALL = 10_240n; // entries; more are verify.py's work
const TILE = 256n;
const PATIENCE = 15_000; // milliseconds

class Log {
  constructor(address, policy) {
    Object.assign(this, { address, policy, held: new Map() });
  }

  /* The same answer for all files that are checked together. */
  once(name, make) {
    if (!this.held.has(name)) this.held.set(name, make());
    return this.held.get(name);
  }

  read(path, most) {
    return this.fetched(`${this.address}/${path}`, most);
  }

  /* What stands at an address; nothing if it is not there. */
  async fetched(url, most) {
    let answer;
    try {
      answer = await fetch(url, {
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.ok) return await bounded(answer, most);
    } catch (error) {
      if (error instanceof Wrong) throw error;
      throw new Unchecked("asked-nothing", { address: this.address });
    }
    if (answer.status === 404) return null;
    const status = String(answer.status);
    throw new Unchecked("asked-status", { address: this.address, status });
  }

  /* The newest checkpoint, signed as the policy asks. */
  newest() {
    return this.once("newest", async () => {
      const note = await this.read("checkpoint", TEXT_BYTES);
      if (!note) throw new Unchecked("asked-nothing", { address: this.address });
      try {
        return await accepted(note, this.policy, Date.now() / 1000);
      } catch (error) {
        if (error.why === "another-log") throw new Unchecked("asked-other", error.values);
        throw error instanceof Wrong ? new Wrong("asked-checkpoint") : error;
      }
    });
  }

  /* That the log still holds a file's tree. Its newest tree, and of a small log all entries. */
  async follow(tree) {
    const { tree: now } = await this.newest();
    if (now.origin !== tree.origin) throw new Unchecked("asked-other", { origin: now.origin });
    if (now.size < tree.size) throw new Wrong("asked-smaller", { size: now.size });
    if (now.size === tree.size && !same(now.root, tree.root)) throw new Wrong("asked-forked");
    if (!tree.size && !same(tree.root, await sha256())) throw new Wrong("asked-forked");
    if (now.size > SMALL) {
      const isPart = tree.size && tree.size < now.size; // every tree goes on from the empty one
      if (isPart) await checkConsistency(tree, now, await this.steps(tree, now));
      return { now, entries: null };
    }
    const raw = await this.once("raw", () => this.entries(now));
    const hashes = await this.once("hashes", () => Promise.all(raw.map(leafHash)));
    if (!same(await this.once("root", () => rootOf(hashes)), now.root)) {
      throw new Wrong("asked-entries");
    }
    if (!same(await rootOf(hashes.slice(0, Number(tree.size))), tree.root)) {
      throw new Wrong("asked-forked");
    }
    return { now, entries: await this.once("read", async () => raw.map(readLogged)) };
  }

  async entries(now) {
    const found = [];
    for (let number = 0n; number * TILE < now.size; number++) {
      const rest = now.size - number * TILE;
      const width = rest < TILE ? rest : TILE;
      const most = Number(TILE) * (2 + ENTRY);
      found.push(...bundled(await this.tile("entries", number, width, most), Number(width)));
    }
    return found;
  }

  /* A partial tile may have given way to the full one. */
  async tile(level, number, width, most) {
    const path = tilePath(level, number);
    const part = width < TILE ? await this.read(`${path}.p/${width}`, most) : null;
    const data = part ?? (await this.read(path, most));
    if (!data) throw new Unchecked("asked-tile", { path });
    return data;
  }

  /* The hashes of a consistency proof, put together from tiles. */
  steps(older, now) {
    return Promise.all(
      consistencyRanges(older.size, now.size).map(async (range) => {
        const hashes = await Promise.all(subtrees(range).map((node) => this.node(node, now.size)));
        const first = hashes.pop();
        return hashes.reduceRight(async (right, left) => nodeHash(left, await right), first);
      }),
    );
  }

  async node([height, number], size) {
    const [level, rest] = [height / 8n, height % 8n];
    const place = number << rest;
    const tile = place / TILE;
    const there = (size >> (8n * level)) - tile * TILE;
    const width = there < TILE ? there : TILE;
    const data = await this.once(`${level}/${tile}`, () =>
      this.tile(level, tile, width, Number(TILE) * HASH),
    );
    const start = Number(place % TILE);
    const hashes = slices(data.slice(start * HASH, (start + 2 ** Number(rest)) * HASH), HASH);
    if (hashes.length !== 2 ** Number(rest)) throw new Wrong("asked-tiles");
    return rootOf(hashes);
  }
}

async function bounded(answer, most) {
  const reader = answer.body.getReader();
  const pieces = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return joined(...pieces);
    size += value.length;
    pieces.push(value);
    if (size > most) {
      await reader.cancel();
      throw new Wrong("asked-long");
    }
  }
}

function readLogged(raw) {
  try {
    return readEntry(raw);
  } catch {
    throw new Wrong("asked-entry");
  }
}

/* `tile/0/x001/x234/067`: groups of three digits. */
function tilePath(level, number) {
  const digits = String(number);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.../g);
  const steps = groups.map((group, at) => (groups[at + 1] ? `x${group}` : group));
  return `tile/${level}/${steps.join("/")}`;
}

/* The first `width` entries of a bundle, each behind its length in two bytes. */
function bundled(data, width) {
  const found = [];
  for (let at = 0; at + 2 <= data.length && found.length < width; ) {
    const end = at + 2 + data[at] * 256 + data[at + 1];
    if (end > data.length) break;
    found.push(data.slice(at + 2, end));
    at = end;
  }
  if (found.length < width) throw new Wrong("asked-tiles");
  return found;
}
