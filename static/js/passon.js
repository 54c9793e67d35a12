/* The browser's own way to pass a link on, where it has one. */
const button = document.querySelector("[data-share]");

if (button && navigator.share) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.share({ title: button.dataset.title, url: button.dataset.share });
    } catch { /* whoever looked and closed it again has said enough */ }
  });
}
