// Counts down to when another mail may be asked for. Without it the page says how long that was.
const line = document.querySelector("[data-wait]");
if (line) {
  const number = line.querySelector("span");
  const end = performance.now() + Number(line.dataset.wait) * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left > 0) {
      number.textContent = String(left);
      setTimeout(tick, 250);
    } else {
      line.textContent = line.dataset.over;
    }
  };
  tick();
}
