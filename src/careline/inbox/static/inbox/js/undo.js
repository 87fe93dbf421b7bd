// An answer waits a few seconds in the outbox: the toast counts them down and takes it back on request.

import { fill, now, number, words } from "./words.js";

let timer = 0;

function tick() {
  const form = document.querySelector("#toast [data-leaves-at]");
  if (!form) return clearInterval(timer);
  const left = Math.ceil((Number(form.dataset.leavesAt) - now()) / 1000);
  if (left > 0) {
    form.querySelector("[data-countdown]").textContent = fill(words.leavesIn, { n: number(left) });
    return undefined;
  }
  clearInterval(timer);
  const toast = form.closest(".toast");
  const focused = form.contains(document.activeElement);
  toast.querySelector(".toast-text").textContent = words.hasLeft;
  form.remove();
  if (focused) document.getElementById("main")?.focus();
  return setTimeout(() => toast.remove(), 4000);
}

// `renew(query, focus)` fetches the composer again, with the text that came back.
export function startUndo(renew) {
  const place = document.getElementById("toast");
  if (!place) return;
  const begin = () => {
    clearInterval(timer);
    if (place.querySelector("[data-leaves-at]")) {
      timer = setInterval(tick, 250);
      tick();
    }
    const back = place.querySelector("[data-back-in]");
    if (back) {
      const mode = back.dataset.backIn;
      back.removeAttribute("data-back-in");
      renew(`?mode=${mode}`, true);
    }
  };
  new MutationObserver(begin).observe(place, { childList: true });
  begin();
}
