/* Takes the mark of the place somebody came from (?ref=…) along: from a frame to the letter's own
   page, and from there to its other languages. In a frame the form steps aside where the page around
   keeps it from being sent. */

const mark = new URLSearchParams(location.search).get("ref");
if (/^[A-Za-z0-9._-]{1,64}$/.test(mark ?? "")) {
  for (const link of document.querySelectorAll("a[data-onward]")) {
    const address = new URL(link.href);
    address.searchParams.set("ref", mark);
    link.href = address;
  }
}

// In a sandbox this page has no origin any more: what it sends would come from anywhere.
if (self.origin === "null") {
  const instead = document.querySelector("[data-shut-in]");
  if (instead) {
    instead.hidden = false;
    document.querySelector("form.signing")?.remove();
  }
}
