// Pages work without this. It fetches what changed when the server says so.

import { localise } from "./times.js";
import "./writing.js";

localise(document);

function atEnd() {
  return window.innerHeight + window.scrollY >= document.body.scrollHeight - 160;
}

// What has the focus keeps it, found again by its address or by the action of its form.
function trace(element) {
  if (element.getAttribute("href")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  return element.form ? `form[action="${CSS.escape(element.form.getAttribute("action"))}"] button` : "";
}

function exchange(old, fresh) {
  const inside = old.contains(document.activeElement) ? trace(document.activeElement) : "";
  old.replaceChildren(...fresh.childNodes);
  if (inside) old.querySelector(inside)?.focus({ preventScroll: true });
}

// Whoever types stops being shown as typing by themselves: nobody tells when they give up.
function endTyping() {
  const shown = document.querySelector("[data-lasts]");
  if (shown) setTimeout(() => shown.remove(), Number(shown.dataset.lasts));
}
endTyping();

let wanted = false;
let running = false;

async function refresh() {
  wanted = true;
  if (running || document.hidden) return;
  running = true;
  try {
    while (wanted) {
      wanted = false;
      const response = await fetch(location.href);
      if (!response.ok) break;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      localise(page);
      const stay = document.getElementById("bubbles") !== null && atEnd();
      for (const old of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(old.id);
        if (fresh && fresh.innerHTML !== old.innerHTML) exchange(old, fresh);
      }
      endTyping();
      if (stay) window.scrollTo(0, document.body.scrollHeight);
    }
  } finally {
    running = false;
  }
}

if (document.body.dataset.seq) {
  const source = new EventSource(`/_site/changes?after=${document.body.dataset.seq}`);
  source.addEventListener("message", refresh);
  document.addEventListener("visibilitychange", () => wanted && refresh());
}
