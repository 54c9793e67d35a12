/* What people do on the page: choose or drop files, type an address, give another log's keys. */

const MOST_FILES = 50;

const byId = (id) => document.getElementById(id);
const form = byId("check");
let chosen = [];
let believed;
let turn = 0; // only the newest check is shown

/* What a code on paper has put behind the hash sign, which no server is told. */
function scanned() {
  const { size, root } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return size && root ? { size, root } : null;
}

async function believe(text, address) {
  const policy = await readPolicy(text);
  if (!policy.logs.length) throw new Wrong("policy");
  const [{ name }] = policy.logs;
  const url = address || policy.addresses.find(Boolean) || `https://${name}`;
  believed = { policy, address: url.replace(/\/$/, ""), origin: name };
  byId("origin").textContent = name;
  byId("address-of-log").textContent = believed.address;
}

function say(key, values) {
  byId("status").className = "";
  byId("status").replaceChildren(...sentence(words.verdicts[key], values));
}

/* Who listens hears the verdicts; who looks sees them with their reasons. */
function show(findings) {
  const results = byId("results");
  results.replaceChildren(...findings.map(shown));
  byId("status").className = "hidden";
  byId("status").textContent = findings.map((each) => words.verdicts[verdictOf(each)]).join(" ");
  if (results.getBoundingClientRect().top > innerHeight * 0.8) results.scrollIntoView();
  results.dataset.done = String(turn);
}

/* What was typed about the receipt's owner; it never leaves this function's readers. */
function holder() {
  const typed = (id) => byId(id).value.trim();
  return {
    address: typed("address"),
    name: typed("name"),
    mailbox: typed("mailbox").toLowerCase(),
    answers: typed("answers"),
  };
}

async function check() {
  const onPaper = scanned();
  if (!chosen.length && !onPaper) return say("no-file");
  if (chosen.length > MOST_FILES) return say("too-many", { most: MOST_FILES });
  const mine = (turn += 1);
  say("checking");
  const { policy, address } = believed;
  const log = byId("ask").checked ? new Log(address, policy) : null;
  const addressOf = (letter) => told.letters[hex(letter)]?.[1];
  const findings = await checkAll(chosen, { believed, holder: holder(), log, addressOf });
  if (onPaper) findings.unshift(await checkScanned(onPaper, { believed, log }));
  if (mine !== turn) return undefined;
  const isFirstForm = findings.some(({ open }) => open.some(([key]) => key === "first-form"));
  byId("first-form").hidden &&= !isFirstForm;
  return show(findings);
}

function take(files) {
  chosen = [...files];
  return check();
}

async function useGiven() {
  byId("given-wrong").textContent = "";
  try {
    await believe(byId("given").value);
    say("believed", { origin: believed.origin });
  } catch (error) {
    byId("given-wrong").textContent = words.fails[error instanceof Wrong ? error.why : "policy"];
    return;
  }
  if (chosen.length) await check();
}

async function useOwn() {
  byId("given").value = told.policy;
  byId("given-wrong").textContent = "";
  await believe(told.policy, told.log);
  say("believed-again");
  if (chosen.length) await check();
}

function listen() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  byId("files").addEventListener("change", (event) => take(event.target.files));
  byId("use-given").addEventListener("click", useGiven);
  byId("use-own").addEventListener("click", useOwn);
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.body.classList.toggle("dropping", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files);
    });
  }
  document.addEventListener("paste", ({ target, clipboardData }) => {
    const text = clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    if (!text || target.closest?.("input, textarea")) return;
    take([new File([`${text.trim()}\n`], words.verdicts.pasted)]);
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!relatedTarget) document.body.classList.remove("dropping");
  });
}

async function begin() {
  byId("too-old").hidden = true;
  if (!crypto.subtle) {
    byId("not-secure").hidden = false;
    return;
  }
  byId("given").value = told.policy;
  await believe(told.policy, told.log);
  byId("no-ed25519").hidden = await knowsEd25519();
  byId("results").replaceChildren(); // a page saved with its results begins anew
  byId("status").replaceChildren();
  form.hidden = false;
  listen();
  if (scanned()) await check();
}

begin();
