// The keyboard and toasts. Single keys do nothing while somebody writes, and can be switched off (WCAG 2.1.4).

import { chosenForm } from "./composer.js";
import { words } from "./words.js";

const TOAST_MS = 20000;
let singleKeys = words.singleKeys !== "off";
export const usesSingleKeys = () => singleKeys;
const isTyping = (element) => element.closest?.("input:not([type=radio]), textarea, select, dialog, [contenteditable]");
const help = () => document.getElementById("help");

function move(step) {
  const links = [...document.querySelectorAll(".row a")];
  const from = links.findIndex((link) => link === document.activeElement);
  const at = from < 0 ? links.findIndex((link) => link.hasAttribute("aria-current")) : from;
  const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function write(mode) {
  const composer = document.getElementById("composer");
  const radio = composer?.querySelector(`#mode-${mode}`);
  if (!radio) return;
  radio.checked = true;
  chosenForm()?.elements.text.focus();
}

function answer() {
  const composer = document.getElementById("composer");
  write(composer?.dataset.chosen ?? "public");
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  r: answer,
  n: () => write("note"),
  e: () => document.querySelector('[data-key="e"]')?.click(),
  z: () => document.querySelector("[data-undo]")?.click(),
  "/": () => document.getElementById("find")?.focus(),
  "?": () => help()?.showModal(),
};


function onKey(event) {
  if (event.key === "Escape") return isTyping(event.target) && event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return undefined;
  if (event.target.closest?.(".rows") && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    return move(event.key === "ArrowDown" ? 1 : -1);
  }
  const act = keys[event.key];
  if (!act || !singleKeys) return undefined;
  event.preventDefault();
  return act();
}

function watchToast() {
  const place = document.getElementById("toast");
  let timer = 0;
  new MutationObserver(() => {
    clearTimeout(timer);
    if (place.firstElementChild) timer = setTimeout(leave, TOAST_MS);
  }).observe(place, { childList: true });
  function leave() {
    if (place.matches(":hover, :focus-within")) timer = setTimeout(leave, TOAST_MS);
    else place.replaceChildren();
  }
}

// It is the person's, not this browser's: the desk keeps it. What could not be kept is shown as it was.
async function switchKeys(toggle) {
  const { form } = toggle;
  const kept = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (kept?.ok) singleKeys = toggle.checked;
  else toggle.checked = singleKeys;
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help().showModal();
  });
  const toggle = document.getElementById("keys-on");
  toggle?.addEventListener("change", () => switchKeys(toggle));
  watchToast();
}
