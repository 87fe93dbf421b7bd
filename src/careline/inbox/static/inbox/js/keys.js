// The keyboard and toasts. Single keys do nothing while somebody writes, and can be switched off (WCAG 2.1.4).

import { can, run } from "./commands.js";
import { openPalette, startPalette } from "./palette.js";
import { words } from "./words.js";

const TOAST_MS = 20000, CHORD_MS = 1500;
let singleKeys = words.singleKeys !== "off";
export const usesSingleKeys = () => singleKeys;
const isTyping = (element) => element.closest?.("input:not([type=radio]), textarea, select, dialog, [contenteditable]");
const help = () => document.getElementById("help");

const keys = {
  j: "next", k: "previous", r: "answer", n: "note", d: "direct", v: "invite", a: "take", e: "resolve",
  E: "resolve-next", z: "undo", "/": "find", "?": "help",
};
const places = { o: "go-open", m: "go-mine", r: "go-resolved", s: "go-spam" };

let chord = -CHORD_MS;

function inRows(event) {
  const name = { ArrowDown: "next", ArrowUp: "previous" }[event.key];
  if (!name || !event.target.closest?.("#rows")) return false;
  event.preventDefault();
  run(name);
  return true;
}

function single(event) {
  const second = performance.now() - chord < CHORD_MS && places[event.key];
  const name = second || (event.key === "g" ? "" : keys[event.key]);
  chord = !second && event.key === "g" ? performance.now() : -CHORD_MS;
  if (!name || !can(name)) return;
  event.preventDefault();
  run(name);
}

function onKey(event) {
  if (event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  } else if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
  else if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  else if (!inRows(event) && singleKeys) single(event);
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

// It holds at once, and is the person's, not this browser's: the desk keeps it, one turn after the other. What could
// not be kept goes back to what was.
let kept = singleKeys;
let keeping = Promise.resolve();
function switchKeys(toggle) {
  singleKeys = toggle.checked;
  keeping = keeping.then(() => keep(toggle));
}

async function keep(toggle) {
  const { form, checked } = toggle;
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (answer?.ok) kept = checked;
  else if (toggle.checked === checked) singleKeys = toggle.checked = kept;
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help().showModal();
    if (event.target.closest("[data-palette]")) openPalette();
  });
  const toggle = document.getElementById("keys-on");
  toggle?.addEventListener("change", () => switchKeys(toggle));
  startPalette();
  watchToast();
}
