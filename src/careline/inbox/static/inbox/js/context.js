// What stands beside a conversation: a column on wide screens, which this browser remembers as shown or put away; a
// drawer on narrower ones, which takes the keyboard while it is open and gives it back.

import { usesSingleKeys } from "./keys.js";

const YEAR_S = 31536000;
const wide = window.matchMedia("(min-width: 1200px)");
const root = document.documentElement;
const pane = () => document.getElementById("context");
const inner = () => document.getElementById("context-inner");
const button = () => document.querySelector("[data-context]");
const around = () => document.querySelectorAll(".skip, .banner, .side, .main");

let cameFrom = null;

const drawn = () => root.dataset.drawer === "open";
const shown = () => (wide.matches ? !pane().classList.contains("context-shut") : drawn());

function say() {
  button()?.setAttribute("aria-expanded", String(shown()));
}

// Only while it covers the page is it a dialog.
function name(open) {
  if (!inner()) return;
  const words = { role: "dialog", "aria-modal": "true", "aria-labelledby": "context-title" };
  for (const [key, value] of Object.entries(words)) open ? inner().setAttribute(key, value) : inner().removeAttribute(key);
}

function draw(open) {
  if (open === drawn()) return;
  if (open) cameFrom = document.activeElement;
  open ? (root.dataset.drawer = "open") : delete root.dataset.drawer;
  for (const part of around()) part.inert = open;
  name(open);
  if (open) {
    pane().querySelector("[data-context-close]").focus();
  } else {
    (cameFrom?.isConnected && cameFrom !== document.body ? cameFrom : button())?.focus();
  }
}

function keep(shut) {
  pane().classList.toggle("context-shut", shut);
  document.cookie = `careline_context=${shut ? "shut" : "shown"}; path=/; max-age=${YEAR_S}; samesite=lax`;
  if (shut) button()?.focus();
}

export function toggleContext() {
  if (!pane()) return;
  if (wide.matches) keep(shown());
  else draw(!drawn());
  say();
}

// In the drawer the Tab key goes round: everything else is inert, but the browser's own bar would come in between.
function round(event) {
  const stops = [...pane().querySelectorAll("a[href], button, summary, input")].filter((one) => one.checkVisibility());
  const [first, last] = [stops[0], stops.at(-1)];
  const from = document.activeElement;
  if (event.shiftKey ? from === first || from === inner() : from === last) {
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
}

function onKey(event) {
  if (drawn() && event.key === "Tab") return round(event);
  if (drawn() && event.key === "Escape") {
    event.stopImmediatePropagation();
    draw(false);
    return say();
  }
  const typing = event.target.closest?.("input:not([type=radio]), textarea, select, dialog, [contenteditable]");
  if (event.key !== "i" || event.ctrlKey || event.metaKey || event.altKey || typing) return undefined;
  if (!usesSingleKeys()) return undefined;
  event.preventDefault();
  return toggleContext();
}

export function startContext() {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-context], [data-context-close]")) return;
    event.preventDefault();
    toggleContext();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("[data-context], [data-context-close]")) {
      event.preventDefault();
      event.target.click();
    }
  });
  document.addEventListener("keydown", onKey, { capture: true });
  wide.addEventListener("change", () => {
    draw(false);
    say();
  });
  // What came fresh from the server knows nothing of an open drawer.
  document.addEventListener("htmx:after:settle", () => {
    if (drawn() && pane()) name(true);
    say();
  });
  document.addEventListener("desk:leaving", () => draw(false));
  document.addEventListener("desk:shown", say);
  say();
}
