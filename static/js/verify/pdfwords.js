/* The values a PDF is made of: ISO 32000-1, 7.3. Names keep their slash, strings are text. */

class Reference {
  constructor(number) {
    this.number = number;
  }
}

class Parser {
  constructor(bytes, at) {
    Object.assign(this, { bytes, at, depth: 0 });
  }

  value() {
    if (this.depth > MOST_DEPTH) throw new Wrong("pdf-structure");
    this.blank();
    const two = latin(this.bytes.slice(this.at, this.at + 2));
    this.depth += 1;
    try {
      if (two === "<<") return this.dictionary();
      if (two[0] === "[") return this.array();
      if (two[0] === "(") return this.string();
      if (two[0] === "<") return this.hexadecimal();
      if (two[0] === "/") return this.match(/\/[^\0\s()<>[\]{}/%]*/y);
      return this.number();
    } finally {
      this.depth -= 1;
    }
  }

  blank() {
    while (this.at < this.bytes.length && this.bytes[this.at] <= 32) this.at += 1;
  }

  match(pattern) {
    const window = latin(this.bytes.slice(this.at, this.at + 512));
    const found = pattern.exec(window)?.[0];
    pattern.lastIndex = 0;
    if (!found) throw new Wrong("pdf-structure");
    this.at += found.length;
    return found;
  }

  ahead(text) {
    this.blank();
    if (latin(this.bytes.slice(this.at, this.at + text.length)) !== text) return false;
    this.at += text.length;
    return true;
  }

  number() {
    const found = this.match(/\d+ \d+ R(?![A-Za-z])|[-+.\d]+|true|false|null/y);
    if (found.endsWith("R")) return new Reference(parseInt(found, 10));
    return found in CONSTANTS ? CONSTANTS[found] : Number(found);
  }

  array() {
    this.at += 1;
    const items = [];
    while (!this.ahead("]")) items.push(this.value());
    return items;
  }

  dictionary() {
    this.at += 2;
    const entries = new Map();
    while (!this.ahead(">>")) {
      const name = this.value();
      if (typeof name !== "string" || name[0] !== "/") throw new Wrong("pdf-structure");
      entries.set(name.slice(1), this.value());
    }
    return Object.assign(Object.create(null), Object.fromEntries(entries));
  }

  string() {
    this.at += 1;
    const letters = [];
    for (let open = 1; ; this.at += 1) {
      if (this.at >= this.bytes.length) throw new Wrong("pdf-structure");
      let letter = String.fromCharCode(this.bytes[this.at]);
      if (letter === "\\") letter = String.fromCharCode(this.bytes[(this.at += 1)]);
      else if (letter === "(") open += 1;
      else if (letter === ")" && --open === 0) break;
      letters.push(letter);
    }
    this.at += 1;
    return letters.join("");
  }

  hexadecimal() {
    const end = this.bytes.indexOf(62, this.at); // ">"
    if (end < 0) throw new Wrong("pdf-structure");
    const digits = latin(this.bytes.slice(this.at + 1, end)).replace(/\s/g, "");
    if (/[^0-9A-Fa-f]/.test(digits)) throw new Wrong("pdf-structure");
    this.at = end + 1;
    const pairs = digits.match(/../g) ?? [];
    const bytes = Uint8Array.from(pairs, (two) => parseInt(two, 16));
    const isWide = bytes[0] === 0xfe && bytes[1] === 0xff;
    return isWide ? new TextDecoder("utf-16be").decode(bytes) : latin(bytes);
  }

  /* Where the bytes of a stream begin, after its dictionary; nothing if there is no stream. */
  streamStart() {
    if (!this.ahead("stream")) return null;
    if (this.bytes[this.at] === 13) this.at += 1;
    return this.bytes[this.at] === 10 ? this.at + 1 : null;
  }
}

const CONSTANTS = { true: true, false: false, null: null };
