// Photos, large: all of the conversation in their order, with the arrow keys. Without this they open as pictures.

import { fill, number } from "./words.js";

const box = () => document.getElementById("lightbox");
const photos = () => [...document.querySelectorAll("[data-photo]")];

let at = 0;

function show(step) {
  const all = photos();
  at = Math.min(Math.max(at + step, 0), all.length - 1);
  const small = all[at].querySelector("img");
  const [large, caption] = [box().querySelector("[data-shown]"), box().querySelector("[data-caption]")];
  large.src = all[at].href;
  large.alt = small.alt;
  caption.textContent = small.alt;
  box().querySelector("[data-count]").textContent = fill(box().dataset.of, { n: number(at + 1), all: number(all.length) });
  for (const button of box().querySelectorAll("[data-step]")) {
    button.disabled = !all[at + Number(button.dataset.step)];
  }
}

export function startLightbox() {
  document.addEventListener("desk:shown", startBox);
  startBox();
  document.addEventListener("click", (event) => {
    const photo = event.target.closest("[data-photo]");
    if (!photo || !box() || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    at = photos().indexOf(photo);
    show(0);
    box().showModal();
  });
}

// The dialog comes with its conversation.
function startBox() {
  if (!box()) return;
  box().addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) show(Number(step.dataset.step));
    else if (event.target === box() || event.target.closest("[data-close]")) box().close();
  });
  box().addEventListener("keydown", (event) => {
    const way = getComputedStyle(box()).direction === "rtl" ? -1 : 1;
    if (event.key === "ArrowRight") show(way);
    if (event.key === "ArrowLeft") show(-way);
  });
  // A dialog gives the focus back by itself; a page that was laid anew in between has the photo under its old id.
  box().addEventListener("close", () => photos()[at]?.focus());
}
