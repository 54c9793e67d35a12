// Moves the progress bars of files being made; the page is reloaded once when one ends,
// because only the server can make its download link.
const list = document.querySelector("[data-exports][data-busy]");
const said = document.querySelector("[data-exports-said]");
const BUSY = new Set(["queued", "running"]);

async function look(wait) {
  await new Promise((resolve) => setTimeout(resolve, wait));
  if (document.hidden) return look(wait);
  try {
    const answer = await fetch(list.dataset.exports, { headers: { Accept: "application/json" } });
    if (!answer.ok) return look(Math.min(wait * 2, 15000));
    for (const file of (await answer.json()).exports) {
      if (!move(file)) return location.reload();
    }
    return look(1000);
  } catch {
    return look(Math.min(wait * 2, 15000));
  }
}

function move(file) {
  const row = list.querySelector(`[data-export="${file.id}"]`);
  if (!row) return true;
  if (BUSY.has(row.dataset.state) && !BUSY.has(file.state)) {
    said.textContent = file.words;
    return false;
  }
  const bar = row.querySelector("progress");
  if (bar && file.total) {
    bar.max = file.total;
    bar.value = file.done;
  }
  const words = row.querySelector("[data-words]");
  if (words) words.textContent = file.words;
  return true;
}

if (list) look(700);
