/* The share panel: buttons that copy, and previews as high as what they show. */

const said = document.querySelector("[data-copied]");

function tell(text) {
  said.textContent = "";
  setTimeout(() => { said.textContent = text; }, 50); // the same word twice is said twice
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.focus();
    field.select();
    return tell(said.dataset.marked);
  }
  const word = button.textContent;
  if (button.classList.contains("done")) return tell(said.dataset.copied);
  button.classList.add("done");
  button.textContent = said.dataset.copied;
  tell(said.dataset.copied);
  setTimeout(() => {
    button.classList.remove("done");
    button.textContent = word;
  }, 2_000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

const frames = [...document.querySelectorAll("iframe.preview")];
addEventListener("message", ({ source, origin, data }) => {
  const frame = frames.find((one) => one.contentWindow === source);
  if (!frame || origin !== location.origin || data?.groundswell !== "height") return;
  frame.style.blockSize = `${Math.min(Number(data.value) || 0, 20_000)}px`;
});
