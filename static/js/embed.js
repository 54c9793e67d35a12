/* <groundswell-counter letter="https://…/letters/x/">  the number, as it moves
   <groundswell-sign letter="https://…/letters/x/">     the form, as high as it needs
   Attributes lang and ref, for the counter also theme and curve: see docs/embedding.md. */
if (!customElements.get("groundswell-counter")) {
  const BEAT = 5_000; // ms between two questions,
  const SLOWEST = 120_000; // and while nobody answers
  const AGAIN = 300_000; // until one is opened again
  const QUIET = 30_000; // between announcements to screen readers
  const MOVE = 700; // for the digits to run

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; container-type: inline-size; contain-intrinsic-inline-size: 24em; max-width: 100%; }
    :host([theme=light]) { color-scheme: light; }
    :host([theme=dark]) { color-scheme: dark; }
    :host([theme=auto]) { color-scheme: light dark; }
    :host([hidden]), :host([curve=off]) svg, .card:not(.waiting) slot { display: none !important; }
    .card {
      --paper: var(--groundswell-paper, light-dark(#fff, #1b1f23));
      --ink: var(--groundswell-ink, light-dark(#1c1b18, #ece8df));
      --quiet: color-mix(in oklab, var(--ink) 75%, var(--paper));
      --line: color-mix(in oklab, var(--ink) 15%, var(--paper));
      --accent: var(--groundswell-accent, light-dark(var(--light, #0b5563), var(--dark, #86d0da)));
      --serif: var(--groundswell-serif, "Iowan Old Style", Palatino, P052, Georgia, serif);
      all: initial; color-scheme: inherit; font-size: inherit;
      font-family: var(--groundswell-font, system-ui, sans-serif);
      display: grid; gap: .5em; padding: .9em 1.1em; color: var(--ink); background: var(--paper);
      border: 1px solid var(--line); border-block-start: 4px solid var(--accent);
      border-radius: var(--groundswell-radius, 3px);
    }
    p { margin: 0; line-height: 1.3; }
    a, ::slotted(a) { color: var(--accent); }
    .title { font: 600 1.1em/1.25 var(--serif); block-size: 2.5em; overflow-wrap: anywhere; overflow: hidden;
      display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
    .title a:not(:hover) { color: inherit; text-decoration: none; }
    .count, .foot { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .5em; }
    .number { font: 600 clamp(1.8em, 13cqi, 2.7em)/1.1 var(--serif); font-variant-numeric: lining-nums tabular-nums; }
    .label, .foot { color: var(--quiet); font-size: .9em; }
    .foot { justify-content: space-between; min-block-size: 1.5em; }
    .link { font-size: 1.1em; font-weight: 600; }
    progress { appearance: none; inline-size: 100%; block-size: 6px; border: 0; background: var(--line); }
    ::-webkit-progress-bar { background: var(--line); }
    ::-webkit-progress-value { background: var(--accent); }
    ::-moz-progress-bar { background: var(--accent); }
    svg { inline-size: 100%; block-size: 3.4em; color: var(--accent); border-block-end: 1px solid var(--line); }
    .card:dir(rtl) svg { transform: scaleX(-1); }
    path { fill: currentColor; opacity: .14; }
    path + path { fill: none; opacity: 1; stroke: currentColor; stroke-width: 2.4; vector-effect: non-scaling-stroke; }
    .off, .waiting > :not(.title), .gone > :not(.title) { visibility: hidden; }
    .gone > .title { position: relative; inset-block-start: 3em; text-align: center; }
    @container (inline-size < 22em) { .label, .state { flex-basis: 100%; min-block-size: 1.3em; } }
    .said { position: absolute; clip-path: inset(50%); }
    @container (inline-size >= 34em) {
      .card { grid-template-columns: minmax(17em, 2fr) 3fr; column-gap: 2em; }
      .card > * { grid-column: 1; }
      .card > svg { grid-area: 1 / 2 / 5; block-size: 0; min-block-size: 100%; }
      :host([curve=off]) .card { grid-template-columns: 1fr; }
    }
    iframe { display: block; inline-size: 100%; block-size: 40em; border: 0; }
  `);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const jitter = (time) => time * (0.8 + 0.4 * Math.random());

  const make = (name, attributes, ...inside) => {
    const space = /svg|path/.test(name) ? "2000/svg" : "1999/xhtml";
    const element = document.createElementNS(`http://www.w3.org/${space}`, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.append(...inside);
    return element;
  };

  const get = async (address, signal) => {
    const answer = await fetch(address, { credentials: "omit", signal });
    if (![200, 404, 410].includes(answer.status)) throw answer;
    return { status: answer.status, ...(await answer.json()) };
  };

  /* Reads counter.json, and again when an attribute changes. */
  class Embedded extends HTMLElement {
    static observedAttributes = ["letter", "lang", "dir", "ref"];

    constructor(inside) {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.append(inside);
    }

    connectedCallback() {
      this.load();
    }

    attributeChangedCallback() {
      this.load();
    }

    disconnectedCallback() {
      this.asking?.abort();
      clearTimeout(this.timer);
    }

    async load(wait = BEAT) {
      this.disconnectedCallback();
      const { signal } = (this.asking = new AbortController());
      await 0; // several changes in a row read once
      const { origin, pathname } = make("a", { href: this.getAttribute("letter") });
      const [, named, path] = /^(?:\/([a-z-]+))?(\/letters\/[\w-]+)/.exec(pathname) ?? [];
      if (!path || !this.isConnected) return;
      let page = `${origin}${path}/`;
      this.counted = `${page}count.json`;
      const read = () => get(`${page}embed/counter.json`, signal);
      try {
        let told = await read();
        const wish = this.lang || named || this.closest("[lang]")?.lang || "";
        const language = told.languages?.find((one) => wish.split("-")[0] === one);
        if (language && language !== told.lang) {
          page = `${origin}/${language}${path}/`;
          told = await read();
        }
        if (told.status !== 404) this.begin(page, signal, told);
      } catch {
        if (signal.aborted) return;
        this.timer = setTimeout(() => this.load(Math.min(2 * wait, SLOWEST)), jitter(wait));
        this.begin(page, signal);
      }
    }

    get query() {
      return `?ref=${encodeURIComponent(this.getAttribute("ref") || location.hostname)}`;
    }
  }

  const feeds = new Map(); // by letter: all its counters on this page share one
  let streamless = 0; // until when streams are left alone

  /* What the count is now, while anybody looks: from the stream, or else by asking. */
  class Feed {
    readers = new Set();
    wait = BEAT;
    on = false;

    constructor(address, stream) {
      Object.assign(this, { address, stream });
      feeds.set(address, this);
    }

    leave(reader) {
      this.readers.delete(reader);
      this.turn();
      if (!this.readers.size) feeds.delete(this.address);
    }

    turn() {
      const on = !document.hidden && [...this.readers].some(({ seen }) => seen);
      if (on !== this.on) on ? this.listen() : this.rest();
      this.on = on;
    }

    rest() {
      clearTimeout(this.timer);
      this.asking?.abort();
      this.source?.close();
    }

    listen() {
      this.rest();
      if (Date.now() < streamless || feeds.size > 3) return this.ask(); // browsers open six at most
      const source = (this.source = new EventSource(this.stream));
      const fail = () => {
        streamless = Date.now() + jitter(AGAIN);
        this.ask();
      };
      let failures = 0;
      this.timer = setTimeout(fail, 2 * BEAT);
      source.onerror = () => (source.readyState === 2 || ++failures > 2) && fail();
      source.addEventListener("gone", () => this.tell({ status: 410 }));
      source.addEventListener("count", ({ data }) => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.listen(), jitter(AGAIN)); // it may sleep
        failures = 0;
        this.tell(JSON.parse(data));
      });
    }

    async ask() {
      this.rest();
      const { signal } = (this.asking = new AbortController());
      try {
        this.tell(await get(this.address, signal));
        this.wait = BEAT;
      } catch {
        this.wait = Math.min(2 * this.wait, SLOWEST);
      }
      if (!signal.aborted) this.timer = setTimeout(() => this.listen(), jitter(this.wait));
    }

    tell(news) {
      for (const reader of this.readers) {
        reader.show(news);
        if (news.status === 410) this.leave(reader);
      }
    }
  }

  document.addEventListener("visibilitychange", () => {
    for (const feed of feeds.values()) feed.turn();
  });

  class Counter extends Embedded {
    static sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        target.seen = isIntersecting;
        target.feed.turn();
      }
    });

    constructor() {
      const parts = {};
      const part = (part, name, ...inside) =>
        (parts[part] = make(name, { class: part, part, target: "_blank" }, ...inside));
      const inside = [
        part("title", "p", part("heading", "a"), make("slot")),
        part("count", "p", part("number", "span", "\u00a0"), part("label", "span")),
        part("bar", "progress"),
        part("curve", "svg"),
        part("foot", "p", part("link", "a"), part("state", "span")),
        part("said", "p"),
      ];
      super(part("card", "div", ...inside));
      parts.said.role = "status";
      parts.card.className = "card waiting";
      this.parts = parts;
    }

    begin(page, signal, told) {
      if (!told) return; // what stands inside stays
      Object.assign(this, { told, page });
      if (told.status === 410) return this.show(told);
      const { words, accent, curve, lang, titled } = told;
      const { card, heading, bar, curve: svg } = this.parts;
      Object.assign(card, { className: "card", lang, dir: this.dir || told.dir });
      card.style.setProperty("--light", accent[0]);
      card.style.setProperty("--dark", accent[1]);
      heading.lang = titled.lang; // no more
      heading.dir = titled.dir;
      bar.ariaLabel = words.towards;
      svg.replaceChildren();
      if (curve) {
        svg.setAttribute("viewBox", curve.viewBox);
        svg.setAttribute("preserveAspectRatio", "none");
        Object.assign(svg, { role: "img", ariaLabel: words.grown });
        svg.append(make("path", { d: curve.area }), make("path", { d: curve.line }));
      }
      this.number = new Intl.NumberFormat(lang, { useGrouping: "always" });
      this.count = undefined;
      this.quiet = Date.now() + QUIET;
      this.show(told);
      this.feed = feeds.get(this.counted) ?? new Feed(this.counted, told.stream);
      this.feed.readers.add(this);
      Counter.sight.observe(this);
      signal.onabort = () => {
        Counter.sight.unobserve(this);
        this.seen = false;
        this.feed.leave(this);
      };
    }

    show(news) {
      if (news.as_of < this.told.as_of) return; // a cache's, from before
      const { title, count, goal, state, words, lang, dir } = Object.assign(this.told, news);
      const { card, heading, bar, label, link, said, state: foot } = this.parts;
      heading.href = this.page + this.query;
      if (news.status === 410) {
        card.className = "card gone";
        return Object.assign(heading, { lang, dir, textContent: words?.gone ?? title });
      }
      const { format } = this.number;
      const form = new Intl.PluralRules(lang).select(count);
      const open = state === "open";
      heading.textContent = title;
      label.textContent = goal > count ? words.of.replace("{goal}", format(goal)) : words.signatures[form];
      bar.classList.toggle("off", !goal);
      bar.max = goal || 1;
      bar.value = count;
      link.textContent = open ? words.sign : words.read;
      link.href = heading.href + (open ? "#sign" : "");
      foot.textContent = words[state];
      if (count === this.count) return;
      if (Date.now() > this.quiet) {
        said.textContent = words.said.replace("{count}", format(count));
        this.quiet = Date.now() + QUIET;
      }
      this.run(this.count ?? count, (this.count = count));
    }

    run(from, to) {
      const began = performance.now() - (still.matches ? MOVE : 0);
      const step = (now) => {
        if (this.count !== to) return; // a newer number has taken over
        const left = Math.min(1, Math.max(0, 1 - (now - began) / MOVE));
        this.parts.number.textContent = this.number.format(Math.round(to - (to - from) * left ** 3));
        if (left) requestAnimationFrame(step);
      };
      step(performance.now());
    }
  }

  class Sign extends Embedded {
    constructor() {
      super(make("slot"));
    }

    begin(page, signal, told) {
      const { title, words } = told ?? {};
      const frame = make("iframe", { loading: "lazy", part: "frame" });
      const heard = ({ source, origin, data }) => {
        if (source !== frame.contentWindow || origin !== new URL(page).origin) return;
        if (data?.groundswell === "height") frame.style.blockSize = `${Number(data.value)}px`;
      };
      clearTimeout(this.timer); // without an answer the frame tries for itself
      addEventListener("message", heard, { signal });
      frame.title = words ? `${words.form}: ${title}` : this.textContent.trim();
      frame.src = `${page}embed/sign/${this.query}`;
      this.shadowRoot.replaceChildren(frame);
    }
  }

  customElements.define("groundswell-counter", Counter);
  customElements.define("groundswell-sign", Sign);
}
