/* "Checked 12 s ago": counts the seconds while somebody looks, and asks anew.

   [data-checked="address of checked.json"]  the line; it holds one <time> or <span>, and says
     [data-seconds] [data-at]   how long ago it was checked when the page was sent, and when
     [data-words="Checked {seconds} s ago"]      in words
     [data-waiting="…, the newest to follow"]    while the number has moved since
     [data-late="Checked at {time}"] [data-zone] when there has been no answer for a while

   Nothing here is announced to screen readers, and while the line is in focus it stands still. */

const BEAT = 10_000; // between two questions
const MOVED = 2_000; // until a number that moved is asked about; one batch has one checkpoint
const SLOWEST = 120_000;
const DOUBT = 60_000; // without an answer
const still = matchMedia("(prefers-reduced-motion: reduce)");
const jitter = (time) => time * (0.8 + Math.random() * 0.4);

class Line {
  constructor(element) {
    this.element = element;
    this.words = element.querySelector("time, span");
    this.said = element.dataset.words;
    this.number = document.querySelector("[data-count]");
    this.wait = BEAT;
    this.told = performance.now();
    this.since(Number(element.dataset.seconds) || 0);
    this.at = Date.parse(element.dataset.at);
    if (this.number) {
      new MutationObserver(() => this.moved()).observe(this.number, { attributeFilter: ["data-count"] });
    }
  }

  /* Counted from the answer, not by this machine's clock, which may be wrong. */
  since(seconds) {
    this.began = performance.now() - seconds * 1_000;
  }

  wake(soon) {
    if (this.over || this.beat) return;
    this.beat = setInterval(() => still.matches || this.tell(), 1_000);
    this.later(soon ? Math.random() * 1_000 : jitter(this.wait));
    this.tell();
  }

  rest() {
    clearInterval(this.beat);
    clearTimeout(this.timer);
    this.beat = 0;
  }

  later(time) {
    clearTimeout(this.timer);
    this.due = performance.now() + time;
    this.timer = setTimeout(() => this.ask(), time);
  }

  moved() {
    this.said = this.element.dataset.waiting;
    this.tell();
    if (this.beat && this.due - performance.now() > MOVED * 1.2) this.later(jitter(MOVED));
  }

  async ask() {
    try {
      const answer = await fetch(this.element.dataset.checked, { credentials: "omit", cache: "no-cache" });
      if (answer.status === 410 || answer.status === 404) return this.end();
      if (!answer.ok) throw new Error(String(answer.status));
      this.hear(await answer.json(), answer.headers);
      this.wait = BEAT;
    } catch {
      this.wait = Math.min(this.wait * 2, SLOWEST);
    }
    if (this.beat) this.later(jitter(this.wait));
    this.tell();
  }

  hear(told, headers) {
    if (typeof told?.said !== "string" || typeof told.state !== "string") throw new Error("not ours");
    const at = Date.parse(told.checked_at);
    const now = Date.parse(headers.get("Date")) || Date.now();
    this.at = at;
    this.since(at ? Math.max(0, now - at) / 1_000 : 0);
    this.told = performance.now();
    const behind = this.number && Number(this.number.dataset.count) !== told.count;
    this.said = told.state === "checked" && behind ? this.element.dataset.waiting : told.said;
    this.element.className = `checked ${told.state}`;
  }

  tell() {
    if (this.element.contains(document.activeElement)) return;
    const seconds = Math.max(1, Math.ceil((performance.now() - this.began) / 1_000));
    const silent = performance.now() - this.told > DOUBT && this.said.includes("{seconds}");
    const text = silent && this.at ? this.clock() : this.said.replace("{seconds}", String(seconds));
    if (this.words.textContent !== text) this.words.textContent = text;
    if (this.words.dateTime !== undefined && this.at) this.words.dateTime = new Date(this.at).toISOString();
  }

  /* No answer came: what is known is when it was checked last. */
  clock() {
    const { late, zone } = this.element.dataset;
    const form = { hour: "2-digit", minute: "2-digit", timeZone: zone, hourCycle: "h23" };
    if (Date.now() - this.at > 43_200_000) Object.assign(form, { day: "numeric", month: "long" });
    return late.replace("{time}", new Intl.DateTimeFormat(document.documentElement.lang, form).format(this.at));
  }

  end() {
    this.over = true;
    this.rest();
    this.element.hidden = true;
  }
}

/* What this page shows of a checkpoint and its witnesses stays what it was, and grows older. */
for (const words of document.querySelectorAll("[data-ago]")) {
  const before = Number(words.dataset.seconds) * 1_000;
  setInterval(() => {
    const seconds = Math.ceil((before + performance.now()) / 1_000);
    if (!document.hidden && !still.matches) words.textContent = words.dataset.ago.replace("{seconds}", String(seconds));
  }, 1_000);
}

const [kept] = performance.getEntriesByType("navigation");
const lines = [...document.querySelectorAll("[data-checked]")].map((one) => new Line(one));
const look = (again) => {
  for (const line of lines) document.hidden ? line.rest() : line.wake(again);
};
document.addEventListener("visibilitychange", () => look(true));
addEventListener("pagehide", () => lines.forEach((line) => line.rest()));
addEventListener("pageshow", ({ persisted }) => persisted && look(true));
look(kept?.transferSize === 0); // out of a cache: it is older than it says
