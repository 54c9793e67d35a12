/* A finding in words: the verdict, what holds, what does not, what cannot be seen, the facts. */

const told = JSON.parse(document.querySelector('script[type="application/json"]').textContent);
const words = told.words;

const counted = new Intl.NumberFormat(told.locale);
const days = new Intl.DateTimeFormat(told.locale, { dateStyle: "long", timeZone: "UTC" });
const moments = new Intl.DateTimeFormat(told.locale, {
  dateStyle: "long",
  timeStyle: "short",
  timeZone: "UTC",
});

const dayOf = (hour) => dated(days, hour * 3_600_000);
const momentOf = (seconds) => dated(moments, Number(seconds) * 1000);

/* What nobody's calendar has is shown as the number it is. */
function dated(format, time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : format.format(date);
}

function made(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  Object.assign(element, attributes);
  element.append(...inside);
  return element;
}

/* A sentence with what fills it in; that may be of another direction, and never is markup. */
function sentence(pattern, values = {}) {
  return pattern.split(/(\{[a-z]+\})/).map((part) => {
    const value = /^\{[a-z]+\}$/.test(part) ? values[part.slice(1, -1)] : undefined;
    if (value === undefined) return part;
    const isNumber = typeof value === "bigint" || typeof value === "number";
    return made("bdi", {}, isNumber ? counted.format(value) : value);
  });
}

function filled({ hour, ...values }) {
  return hour === undefined ? values : { day: dayOf(hour), ...values };
}

function list(part, items) {
  if (!items.length) return [];
  const lines = items.map(([key, values]) =>
    made("li", {}, ...sentence(words[part][key], filled(values))),
  );
  return [made("h3", { className: part }, words.headings[part]), made("ul", {}, ...lines)];
}

/* What an entry says happened. */
function happened({ kind, detail, ref }) {
  if (kind === "signed" || kind === "invalidated") return [words.facts[`${kind}-${detail}`]];
  return sentence(words.facts[kind === "delivered" ? "delivered-entry" : kind], { people: ref });
}

function totals(entry) {
  const { signed, withdrawn, invalidated } = entry;
  return sentence(words.facts.counted, { count: countOf(entry), signed, withdrawn, invalidated });
}

function letterOf(id) {
  const code = made("code", {}, id);
  if (!Object.hasOwn(told.letters, id)) return [code];
  const [title, href] = told.letters[id];
  const link = made("a", { href, dir: "auto" }, title);
  return [...sentence(words.facts["title-claimed"], { title: link }), made("br"), code];
}

/* Kind of fact → rows of term and value. */
const ROWS = {
  entry: ({ entry, index, tree: { size } }) => [
    ["letter", letterOf(hex(entry.letter))],
    ["what", happened(entry)],
    ["day", [dayOf(entry.hour)]],
    ["place", sentence(words.facts.nth, { index, size })],
    ["count", totals(entry)],
  ],
  today: ({ entry }) => [["today", totals(entry)]],
  since: ({ entry, index }) => {
    const what = made("span", {}, ...happened(entry));
    return [["since", sentence(words.facts.cancelled, { what, index, day: dayOf(entry.hour) })]];
  },
  root: ({ size, root }) => [
    ["size", [counted.format(size)]],
    ["root", [made("code", {}, based(root))]],
  ],
  digest: ({ digest }) => [["digest", [made("code", {}, hex(digest))]]],
  witnesses: ({ seen, asked }) => [["witnesses", witnesses(seen, asked)]],
};

function witnesses(seen, asked) {
  if (!seen.length) return sentence(words.facts["none-of"], { asked });
  return seen.flatMap(([name, time], nth) => {
    const line = sentence(words.facts.seen, { name, moment: momentOf(time) });
    return nth ? [made("br"), ...line] : line;
  });
}

function facts(finding) {
  const rows = finding.facts.flatMap(([kind, values]) => ROWS[kind](values));
  const pairs = rows.flatMap(([term, value]) => [
    made("dt", {}, words.facts[term]),
    made("dd", {}, ...value),
  ]);
  return pairs.length ? [made("dl", { className: "facts" }, ...pairs)] : [];
}

/* The key of the one sentence above all others. */
function verdictOf({ kind, verdict, isYours }) {
  return verdict === "holds" && isYours ? `${kind}-yours` : `${kind}-${verdict}`;
}

const LOOKS = { holds: "good", fails: "bad", denied: "bad", cancelled: "bad" };

function shown(finding) {
  const verdict = words.verdicts[verdictOf(finding)];
  const article = made("article", { className: "finding" });
  article.dataset.verdict = finding.verdict;
  article.dataset.yours = String(finding.isYours);
  article.dataset.reasons = [...finding.fails, ...finding.open].map(([key]) => key).join(" ");
  article.append(
    made("h2", {}, made("bdi", {}, finding.file.name)),
    made("p", { className: `notice ${LOOKS[finding.verdict] ?? ""}` }, made("strong", {}, verdict)),
    ...list("fails", finding.fails),
    ...list("holds", finding.holds),
    ...list("open", finding.open),
    ...facts(finding),
  );
  return article;
}
