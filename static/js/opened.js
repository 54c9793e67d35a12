/* Says once that a person is on the page: a finger, a key, a mouse, as the browser itself saw them.
   Programs that open links of mails move nothing. Nothing is kept here, nobody else is told. */

const form = document.querySelector("form.press");
const signs = ["pointerdown", "pointermove", "touchstart", "wheel", "keydown"];

function notice(event) {
  if (!event.isTrusted) return;
  // Browsers make up a move where the page moved under a pointer that rests.
  if (event.type === "pointermove" && !event.movementX && !event.movementY) return;
  for (const sign of signs) removeEventListener(sign, notice, true);
  const body = new URLSearchParams({ press: "opened" });
  const options = { method: "POST", body, keepalive: true, credentials: "omit" };
  fetch(new URL("opened/", form.action), options).catch(() => {});
}

if (form) for (const sign of signs) addEventListener(sign, notice, { capture: true, passive: true });
