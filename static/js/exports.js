// Moves the progress bars of files being made; the page is reloaded once when one ends,
// because only the server can make its download link. While somebody fills in the form below,
// nothing is taken from under their hands: a link to the new list appears instead.
const list = document.querySelector("[data-exports][data-busy]");
const said = document.querySelector("[data-exports-said]");
const form = document.querySelector(".making");
const BUSY = new Set(["queued", "running"]);
let touched = false;

async function look(wait) {
  await new Promise((resolve) => setTimeout(resolve, wait));
  if (document.hidden) return look(wait);
  try {
    const answer = await fetch(list.dataset.exports, { headers: { Accept: "application/json" } });
    if (!answer.ok) return look(Math.min(wait * 2, 15000));
    const files = (await answer.json()).exports;
    if (files.map(move).includes(true)) return ended();
    return look(1000);
  } catch {
    return look(Math.min(wait * 2, 15000));
  }
}

// True when this one has come to its end.
function move(file) {
  const row = list.querySelector(`[data-export="${file.id}"]`);
  if (!row) return false;
  const words = row.querySelector("[data-words]");
  if (words && words.textContent !== file.words) words.textContent = file.words;
  if (BUSY.has(row.dataset.state) && !BUSY.has(file.state)) {
    said.textContent = file.words;
    return true;
  }
  const bar = row.querySelector("progress");
  if (bar && file.total) {
    bar.max = file.total;
    bar.value = file.done;
  }
  return false;
}

function ended() {
  if (!touched) return location.reload();
  said.classList.remove("hidden");
  const link = document.createElement("a");
  link.href = location.pathname;
  link.textContent = list.dataset.again;
  said.replaceChildren(link);
}

if (form) form.addEventListener("input", () => { touched = true; });
if (list) look(700);
