/* Files inside a PDF, found as our documents hold them: cross-reference streams from the last to
   the first, object streams, a tree of names in the catalog (ISO 32000-1, 7.5.7, 7.5.8, 7.11.4). */

const MOST_SECTIONS = 64;
const MOST_TABLE = 80 << 20; // bytes of one stream, unpacked: a table of all objects there may be
const MOST_DEPTH = 32;

class Pdf {
  constructor(bytes) {
    this.bytes = bytes;
    this.places = new Map(); // object number → [kind, offset or stream, index]
    this.packs = new Map();
  }

  static async opened(bytes) {
    const pdf = new Pdf(bytes);
    const end = latin(bytes.slice(-64));
    const [, last] = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(end) ?? [];
    if (last === undefined) throw new Wrong("pdf-cut");
    let at = Number(last);
    for (let count = 0; at !== undefined; count++) {
      if (count === MOST_SECTIONS) throw new Wrong("pdf-structure");
      at = await pdf.section(at);
    }
    return pdf;
  }

  /* Read one section of cross references; those read before are newer. Where the one before is. */
  async section(at) {
    const found = await this.streamAt(at);
    if (!found) throw new Unchecked("pdf-foreign");
    const { dictionary, data } = found;
    const widths = dictionary.W;
    if (dictionary.Type !== "/XRef" || !Array.isArray(widths)) throw new Unchecked("pdf-foreign");
    const isWide = widths.length === 3 && widths.every((width) => width > 0 && width < 9);
    if (!isWide) throw new Unchecked("pdf-foreign");
    this.catalog ??= dictionary.Root;
    const index = dictionary.Index ?? [0, dictionary.Size];
    const step = widths[0] + widths[1] + widths[2];
    for (let row = 0, pair = 0; pair + 1 < index.length; pair += 2) {
      for (let nth = 0; nth < index[pair + 1] && row + step <= data.length; nth++, row += step) {
        const number = index[pair] + nth;
        if (!this.places.has(number)) this.places.set(number, fields(data, row, widths));
      }
    }
    return dictionary.Prev;
  }

  /* The value an indirect reference leads to, or the value itself. */
  async value(of) {
    if (!(of instanceof Reference)) return of;
    const [kind, where, nth] = this.places.get(of.number) ?? [];
    if (kind === 1) return this.parserAt(where, of.number).value();
    if (kind !== 2) throw new Wrong("pdf-structure");
    if (!this.packs.has(where)) this.packs.set(where, await this.pack(where));
    return this.packs.get(where)(nth);
  }

  async pack(number) {
    const found = await this.streamAt(this.places.get(number)?.[1], number);
    if (found?.dictionary.Type !== "/ObjStm") throw new Wrong("pdf-structure");
    const { dictionary, data } = found;
    const head = latin(data.slice(0, dictionary.First)).trim().split(/\s+/).map(Number);
    return (nth) => new Parser(data, dictionary.First + head[2 * nth + 1]).value();
  }

  /* A stream's dictionary and what is in it, unpacked; nothing when there is none at this place. */
  async streamAt(at, number, most = MOST_TABLE) {
    if (!Number.isSafeInteger(at) || at < 0 || at >= this.bytes.length) {
      throw new Wrong("pdf-structure");
    }
    const parser = this.parserAt(at, number);
    if (!parser) return null;
    const dictionary = parser.value();
    const start = parser.streamStart();
    const length = dictionary?.Length;
    if (start === null || !Number.isSafeInteger(length)) throw new Wrong("pdf-structure");
    const packed = this.bytes.slice(start, start + length);
    if (packed.length !== length) throw new Wrong("pdf-cut");
    const isPacked = dictionary.Filter === "/FlateDecode";
    if (dictionary.Filter !== undefined && !isPacked) throw new Unchecked("pdf-foreign");
    const data = isPacked ? await inflated(packed, most) : packed;
    const how = dictionary.DecodeParms ?? {};
    return { dictionary, data: how.Predictor > 1 ? unfiltered(data, how.Columns ?? 1) : data };
  }

  /* Behind `n 0 obj`, which must be that of `number` if one is given. */
  parserAt(at, number) {
    const [head, found] = /^(\d+) 0 obj\s/.exec(latin(this.bytes.slice(at, at + 32))) ?? [];
    if (number === undefined && found === undefined) return null;
    if (number !== undefined && Number(found) !== number) throw new Wrong("pdf-structure");
    return new Parser(this.bytes, at + head.length);
  }

  /* Name → a function that reads the attached file of this name. */
  async attached() {
    const catalog = await this.value(this.catalog);
    const names = await this.value(catalog?.Names);
    const files = new Map();
    await this.walk(await this.value(names?.EmbeddedFiles), files, 0);
    return files;
  }

  async walk(node, files, depth) {
    if (depth > MOST_DEPTH) throw new Wrong("pdf-structure");
    for (const kid of (await this.value(node?.Kids)) ?? []) {
      await this.walk(await this.value(kid), files, depth + 1);
    }
    const pairs = (await this.value(node?.Names)) ?? [];
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      if (files.has(pairs[at])) throw new Wrong("pdf-structure"); // which of them would be shown?
      files.set(pairs[at], () => this.file(pairs[at + 1]));
    }
  }

  async file(reference) {
    const specification = await this.value(reference);
    const stream = specification?.EF?.UF ?? specification?.EF?.F;
    if (!(stream instanceof Reference)) throw new Wrong("pdf-structure");
    const [kind, where] = this.places.get(stream.number) ?? [];
    if (kind !== 1) throw new Wrong("pdf-structure");
    return (await this.streamAt(where, stream.number, PROOF_BYTES)).data;
  }
}

const latin = (bytes) => new TextDecoder("latin1").decode(bytes);

function fields(data, row, widths) {
  let at = row;
  return widths.map((width) => {
    let value = 0;
    for (let end = at + width; at < end; at++) value = value * 256 + data[at];
    return value;
  });
}

/* What zlib packed; Wrong when it is damaged, cut, or more than `most` bytes. */
async function inflated(packed, most) {
  const unpacking = new DecompressionStream("deflate");
  const reader = new Blob([packed]).stream().pipeThrough(unpacking).getReader();
  const pieces = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return joined(...pieces);
      size += value.length;
      if (size > most) break;
      pieces.push(value);
    }
  } catch {
    throw new Wrong("pdf-packed");
  }
  await reader.cancel();
  throw new Wrong("too-long");
}

/* Rows as their difference to the one above (PNG's filter "up") or as they are. */
function unfiltered(data, columns) {
  if (!(columns > 0 && columns < 65)) throw new Unchecked("pdf-foreign");
  const rows = Math.floor(data.length / (columns + 1));
  const plain = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const filter = data[row * (columns + 1)];
    if (filter !== 0 && filter !== 2) throw new Unchecked("pdf-foreign");
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const above = filter && row ? plain[at - columns] : 0;
      plain[at] = data[row * (columns + 1) + column + 1] + above;
    }
  }
  return plain;
}
