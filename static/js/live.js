/* Numbers that move while a page is open. Without this file they stand as they were sent.

   [data-live="address of count.json"]  holds [data-count] and, if it likes, a <progress data-goal>
   and one [data-said] that tells screen readers, at most every half minute. */

const BEAT = 5_000;
const SLOWEST = 120_000;
const QUIET = 30_000;
const MOVE = 700;

const still = matchMedia("(prefers-reduced-motion: reduce)");
const written = new Intl.NumberFormat(document.documentElement.lang || "en", { useGrouping: "always" });

const jitter = (time) => time * (0.8 + Math.random() * 0.4);

function show(element, count) {
  const from = Number(element.dataset.count);
  if (from === count) return;
  element.dataset.count = String(count);
  if (still.matches || document.hidden) {
    element.textContent = written.format(count);
    return;
  }
  const began = performance.now();
  const step = (now) => {
    if (element.dataset.count !== String(count)) return; // a newer number has taken over
    const part = Math.min(1, (now - began) / MOVE);
    const eased = 1 - (1 - part) ** 3;
    element.textContent = written.format(Math.round(from + (count - from) * eased));
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

class Letter {
  constructor(address, places, beat) {
    Object.assign(this, { address, places, beat, wait: beat, asked: Date.now(), over: false });
    this.told = Number(places[0].querySelector("[data-count]")?.dataset.count);
    this.toldAt = 0;
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    if (!this.over && !document.hidden) this.timer = setTimeout(() => this.ask(), jitter(this.wait));
  }

  wake() {
    if (Date.now() - this.asked > this.beat) this.ask();
    else this.later();
  }

  async ask() {
    this.asked = Date.now();
    try {
      const answer = await fetch(this.address, { credentials: "omit" });
      this.over = answer.status === 404 || answer.status === 410;
      if (!answer.ok) throw new Error(String(answer.status));
      this.tell(await answer.json());
      this.wait = this.beat;
    } catch {
      this.wait = Math.min(this.wait * 2, SLOWEST);
    }
    this.later();
  }

  tell({ count, goal }) {
    for (const place of this.places) {
      for (const number of place.querySelectorAll("[data-count]")) show(number, count);
      for (const bar of place.querySelectorAll("[data-goal]")) bar.value = Math.min(count, goal || count);
      const said = place.querySelector("[data-said]");
      if (said) this.say(said, count);
    }
  }

  say(element, count) {
    if (count === this.told || Date.now() - this.toldAt < QUIET) return;
    this.told = count;
    this.toldAt = Date.now();
    element.textContent = `${element.dataset.words} ${written.format(count)}`;
  }
}

const places = new Map();
for (const place of document.querySelectorAll("[data-live]")) {
  places.set(place.dataset.live, [...(places.get(place.dataset.live) ?? []), place]);
}
// Many letters on a page ask in turn, so that together they ask about once a second.
const beat = Math.max(BEAT, places.size * 1_500);
const letters = [...places].map(([address, found]) => new Letter(address, found, beat));
document.addEventListener("visibilitychange", () => {
  for (const letter of letters) document.hidden ? letter.later() : letter.wake();
});

// The bar at the thumb steps aside while the form it leads to is on the screen.
for (const bar of document.querySelectorAll("[data-thumb]")) {
  const form = document.getElementById(bar.dataset.thumb);
  if (form) {
    new IntersectionObserver(([seen]) => bar.classList.toggle("away", seen.isIntersecting), {
      rootMargin: "0px 0px -30% 0px",
    }).observe(form);
  }
}
