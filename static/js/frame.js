/* A page of ours in a frame on somebody else's: tells the page around it how high it is.

   Always {groundswell: "height", value}. Where the address ends in #?secret=… the page around is a
   WordPress: there {message: "height" | "link", value, secret} too, as its rules for embedded
   content ask for. Its frames may run scripts and nothing else, so links are handed over. */

const secret = /\bsecret=([A-Za-z0-9]{10})\b/.exec(location.hash)?.[1];
const page = document.documentElement; // as high as its content, whatever the frame is

function send(message, value) {
  if (message === "height") parent.postMessage({ groundswell: message, value }, "*");
  if (secret) parent.postMessage({ message, value, secret }, "*");
}

const measure = () => send("height", Math.ceil(page.getBoundingClientRect().height));

function follow(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  send("link", link.href);
}

if (parent !== window) {
  new ResizeObserver(measure).observe(page); // calls once at the beginning, too
  addEventListener("load", measure);
  if (secret) {
    document.addEventListener("click", follow);
    addEventListener("message", ({ source, data }) => {
      if (source === parent && data?.message === "ready") measure();
    });
  }
}
