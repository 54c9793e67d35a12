/* Numbers that move while a page is open. Without this file they stand as they were sent.

   [data-live="address of count.json"]  one letter's place; what it holds of these is kept up to date:
     [data-count="1234"]                the number
     [data-label][data-one="signature"][data-other="signatures"]  its word, by plural category
     progress[data-goal]                the way to the goal
     [data-aim="goal {goal}"]           the goal in words
     [data-cheer="Goal of {goal} reached"]  says so when that happens before somebody's eyes
     [data-said="Signatures: {count}"]  tells screen readers, at most every half minute
   and on the place itself [data-stream="address"], where a page shows one letter only, and
   [data-reached="1000"], the highest goal that was behind it when it was sent.
   Taken down meanwhile: [data-gone] is shown, [data-until-gone] hidden, and the document hears
   `groundswell:gone`. */

import { Place, Voice, isCount } from "./numbers.js";

const BEAT = 5_000; // between two questions
const SLOWEST = 120_000; // … when there are no answers
const PATIENCE = 15_000; // for a stream's first word: some proxies open it and keep all it says
const DOUBT = 180_000; // after so long a silence we ask whether the stream is still one
const AGAIN = 120_000; // until a stream that failed is tried again
const RAREST = 900_000;

const jitter = (time) => time * (0.8 + Math.random() * 0.4);

function told(text) {
  try {
    const data = JSON.parse(text);
    return isCount(data.count) ? data : null;
  } catch {
    return null;
  }
}

/* Asks for count.json again and again, more rarely while there are no answers. */
class Asking {
  constructor(address, beat, letter) {
    Object.assign(this, { address, beat, letter, wait: beat, asked: 0, on: false });
  }

  start(soon = false) {
    if (!this.on && soon && Date.now() - this.asked > this.beat) this.ask();
    else if (!this.on) this.later();
    this.on = true;
  }

  stop() {
    this.on = false;
    clearTimeout(this.timer);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), jitter(this.wait));
  }

  async ask() {
    this.asked = Date.now();
    try {
      // A browser may show an old count while it fetches the next; here it would be a step behind.
      const answer = await fetch(this.address, { credentials: "omit", cache: "no-cache" });
      if (answer.status === 410) return this.letter.end();
      if (answer.status === 404) return this.letter.rest();
      if (!answer.ok) throw new Error(String(answer.status));
      this.letter.hear(await answer.text());
      this.wait = this.beat;
    } catch {
      this.wait = Math.min(this.wait * 2, SLOWEST);
    }
    if (this.on) this.later();
  }
}

/* One open stream. The browser connects it again; after three failures in a row it is lost. */
class Listening {
  constructor(address, letter) {
    Object.assign(this, { letter, failed: 0, heard: false });
    this.source = new EventSource(address);
    this.source.addEventListener("open", () => this.opened());
    this.source.addEventListener("error", () => this.broken());
    this.source.addEventListener("count", ({ data }) => {
      this.heard = true;
      this.doubt();
      letter.hear(data, this);
    });
    this.source.addEventListener("gone", () => letter.end());
    this.timer = setTimeout(() => letter.lost(), jitter(PATIENCE));
  }

  opened() {
    this.failed = 0;
    if (this.heard) this.doubt();
  }

  broken() {
    this.failed += 1;
    if (this.failed > 2 || this.source.readyState === EventSource.CLOSED) return this.letter.lost();
    if (this.failed > 1) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.letter.lost(), jitter(PATIENCE));
  }

  doubt() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.doubt();
      this.letter.asking.ask();
    }, jitter(DOUBT));
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}

class Letter {
  constructor(address, elements, beat) {
    this.address = address;
    this.places = elements.map((element) => new Place(element));
    this.stream = elements.find((element) => element.dataset.stream)?.dataset.stream;
    this.asking = new Asking(address, beat, this);
    this.pause = AGAIN;
    this.asOf = "";
    const said = elements.map((element) => element.querySelector("[data-said]")).find(Boolean);
    const count = Number(elements[0].querySelector("[data-count]")?.dataset.count);
    this.voice = said && new Voice(said, count);
  }

  /* Somebody looks at the page, for the first time or again. */
  wake(again) {
    if (this.over || this.awake) return;
    this.awake = true;
    this.catching = again || Boolean(this.stream);
    if (!this.stream) this.asking.start(again);
    else this.timer = setTimeout(() => this.listen(), again ? Math.random() * 1_000 : 0);
  }

  /* Nobody looks. */
  rest() {
    this.awake = false;
    clearTimeout(this.timer);
    this.asking.stop();
    this.listening?.close();
    this.listening = null;
    this.voice?.hush();
  }

  listen() {
    this.listening?.close();
    this.listening = new Listening(this.stream, this);
  }

  streams() {
    this.pause = AGAIN;
    this.asking.stop();
  }

  lost() {
    clearTimeout(this.timer);
    this.listening?.close();
    this.listening = null;
    this.asking.start();
    this.timer = setTimeout(() => this.listen(), jitter(this.pause));
    this.pause = Math.min(this.pause * 2, RAREST);
  }

  hear(text, listening = null) {
    const data = told(text);
    if (!data || !this.awake) return;
    const asOf = String(data.as_of ?? "");
    if (asOf < this.asOf) return; // a cache's, from before
    if (listening) this.streams();
    else if (this.listening?.heard && asOf > this.asOf) this.lost(); // it fell asleep
    this.asOf = asOf;
    const watched = !this.catching && !document.hidden;
    this.catching = false;
    const cheering = this.places.filter((place) => place.show(data, watched));
    const words = cheering.map((place) => place.element.querySelector("[data-cheer]")).find(Boolean);
    this.voice?.hear(data.count, words ? cheering[0].sentence(words) : "");
  }

  end() {
    if (this.over) return;
    this.over = true;
    this.rest();
    for (const { element } of this.places) element.hidden = true;
    for (const element of document.querySelectorAll("[data-until-gone]")) element.hidden = true;
    for (const element of document.querySelectorAll("[data-gone]")) element.hidden = false;
    document.dispatchEvent(new CustomEvent("groundswell:gone", { detail: this.address }));
  }
}

const found = new Map();
for (const element of document.querySelectorAll("[data-live]")) {
  found.set(element.dataset.live, [...(found.get(element.dataset.live) ?? []), element]);
}
// Many letters on a page ask in turn, so that together they ask about once a second.
const beat = Math.max(BEAT, found.size * 1_500);
const letters = [...found].map(([address, elements]) => new Letter(address, elements, beat));
if (letters.length > 1) for (const letter of letters) letter.stream = undefined;

const look = (again) => {
  for (const letter of letters) document.hidden ? letter.rest() : letter.wake(again);
};
document.addEventListener("visibilitychange", () => look(true));
addEventListener("pagehide", () => letters.forEach((letter) => letter.rest()));
addEventListener("pageshow", ({ persisted }) => persisted && look(true));
look(false);
