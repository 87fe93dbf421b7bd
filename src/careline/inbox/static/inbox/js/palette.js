// All commands by name (Ctrl+K, Cmd+K): a combobox that stays in its field while the choice moves in the list below,
// as the ARIA Authoring Practices describe it. Offers only what can be done on this page now.

import { can, run } from "./commands.js";
import { fill, number, words } from "./words.js";

const dialog = () => document.getElementById("palette");
const field = () => document.getElementById("palette-input");
const options = () => [...dialog().querySelectorAll('[role="option"]')];
const offered = () => options().filter((one) => !one.hidden);
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

let cameFrom = null;

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) field().setAttribute("aria-activedescendant", option.id);
  else field().removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

// Each word that is typed must begin a word of the command.
function filter() {
  const asked = plain(field().value).split(/\s+/).filter(Boolean);
  for (const one of options()) {
    const said = plain(`${one.children[0].textContent} ${one.children[1].textContent}`).split(/\s+/);
    one.hidden = !can(one.dataset.command) || !asked.every((part) => said.some((word) => word.startsWith(part)));
  }
  const found = offered();
  dialog().querySelector("[data-none]").hidden = found.length > 0;
  document.getElementById("palette-list").hidden = !found.length;
  field().setAttribute("aria-expanded", String(found.length > 0));
  dialog().querySelector("[data-count]").textContent = fill(words.found, { n: number(found.length) });
  choose(found[0]);
}

function move(step, to) {
  const found = offered();
  if (!found.length) return;
  const at = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
  choose(found[to ?? (at + step + found.length) % found.length]);
}

function take(option) {
  if (!option) return;
  dialog().close();
  if (cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
  if (can(option.dataset.command)) run(option.dataset.command);
}

export function openPalette() {
  if (!dialog() || dialog().open || document.querySelector("dialog[open]")) return;
  cameFrom = document.activeElement;
  field().value = "";
  dialog().showModal();
  filter();
  field().focus();
}

function onKey(event) {
  const moves = { ArrowDown: [1], ArrowUp: [-1], PageDown: [0, offered().length - 1], PageUp: [0, 0] }[event.key];
  if (moves) {
    event.preventDefault();
    move(...moves);
  } else if (event.key === "Enter") {
    event.preventDefault();
    take(offered().find((one) => one.getAttribute("aria-selected") === "true"));
  }
}

export function startPalette() {
  if (!dialog()) return;
  field().addEventListener("input", filter);
  field().addEventListener("keydown", onKey);
  dialog().addEventListener("pointermove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option.getAttribute("aria-selected") !== "true") choose(option);
  });
  dialog().addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) take(option);
    else if (event.target === dialog()) dialog().close();
  });
}
