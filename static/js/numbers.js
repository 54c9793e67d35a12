/* What is seen and heard of a letter's count: numbers, goals, and a sentence for screen readers. */

const QUIET = 30_000; // between two sentences to screen readers
const MOVE = 700; // a number's way to the next
const CHEER = 3_200; // a reached goal stands before the next takes its place

const still = matchMedia("(prefers-reduced-motion: reduce)");
const language = document.documentElement.lang || "en";
const numerals = new Intl.NumberFormat(language, { useGrouping: "always" });
const plurals = new Intl.PluralRules(language);

// As the server writes them: with the wider of the two spaces that do not break.
const written = (number) => numerals.format(number).replaceAll("\u202f", "\u00a0");
export const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

function move(element, count, animated) {
  const from = Number(element.dataset.count);
  if (from === count) return;
  element.dataset.count = String(count);
  if (!animated || still.matches) {
    element.textContent = written(count);
    return;
  }
  const began = performance.now();
  const step = (now) => {
    if (element.dataset.count !== String(count)) return; // a newer number has taken over
    const part = Math.max(0, Math.min(1, (now - began) / MOVE));
    const eased = 1 - (1 - part) ** 3;
    element.textContent = written(Math.round(from + (count - from) * eased));
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function label(element, count) {
  element.textContent = element.dataset[plurals.select(count)] ?? element.dataset.other;
}

export class Place {
  constructor(element) {
    this.element = element;
    this.reached = Number(element.dataset.reached) || 0;
  }

  all(name) {
    return this.element.querySelectorAll(`[data-${name}]`);
  }

  /* Whether a goal was reached just now, before somebody's eyes. */
  show({ count, goal, reached }, watched) {
    for (const number of this.all("count")) move(number, count, watched);
    for (const word of this.all("label")) label(word, count);
    this.latest = { count, goal };
    const cheers = watched && isCount(reached) && reached > this.reached;
    this.reached = Math.max(this.reached, isCount(reached) ? reached : 0);
    if (cheers) this.cheer();
    else if (!this.cheering) this.aim();
    if (this.cheered > (reached ?? 0)) this.unsay(); // some were withdrawn
    return cheers;
  }

  aim() {
    const { count, goal } = this.latest;
    if (!isCount(goal) || !goal) return;
    for (const bar of this.all("goal")) Object.assign(bar, { max: goal, value: Math.min(count, goal) });
    for (const words of this.all("aim")) words.textContent = words.dataset.aim.replace("{goal}", written(goal));
  }

  cheer() {
    clearTimeout(this.cheering);
    this.cheered = this.reached;
    for (const bar of this.all("goal")) bar.value = bar.max;
    for (const words of this.all("cheer")) words.textContent = this.sentence(words);
    this.element.classList.add("cheering");
    this.cheering = setTimeout(() => {
      this.cheering = 0;
      this.element.classList.remove("cheering");
      this.aim();
    }, CHEER);
  }

  unsay() {
    this.cheered = 0;
    for (const words of this.all("cheer")) if (!words.dataset.aim) words.textContent = "";
  }

  sentence(words) {
    return words.dataset.cheer.replace("{goal}", written(this.reached));
  }
}

export class Voice {
  constructor(element, count) {
    Object.assign(this, { element, count, said: count, spoke: -QUIET });
  }

  hear(count, first = "") {
    this.count = count;
    if (first) this.say(first);
    else this.timer ??= setTimeout(() => this.say(), Math.max(0, this.spoke + QUIET - performance.now()));
  }

  say(first = "") {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.count === this.said && !first) return;
    const words = this.element.dataset.said.replace("{count}", written(this.count));
    this.element.textContent = first ? `${first}. ${words}` : words;
    this.said = this.count;
    this.spoke = performance.now();
  }

  hush() {
    clearTimeout(this.timer);
    this.timer = null;
    this.said = this.count;
  }
}
