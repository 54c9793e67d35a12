/* The bar at the thumb steps aside while the form it leads to is on the screen. */
for (const bar of document.querySelectorAll("[data-thumb]")) {
  const form = document.getElementById(bar.dataset.thumb);
  if (form) {
    new IntersectionObserver(([seen]) => bar.classList.toggle("away", seen.isIntersecting), {
      rootMargin: "0px 0px -30% 0px",
    }).observe(form);
  }
}
