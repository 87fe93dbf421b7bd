// What can be done by key or by name: each command presses what is on the page, so that it can do no more than a
// pointer could, and `can` says whether it would find anything to press.

import { chosenForm } from "./composer.js";
import { go } from "./navigate.js";

const links = () => [...document.querySelectorAll("[data-row]")];
const composer = () => document.getElementById("composer");
const button = (selector) => ({ can: () => Boolean(document.querySelector(selector)), run: () => document.querySelector(selector).click() });

function move(step) {
  const rows = links();
  const from = rows.indexOf(document.activeElement);
  const at = from < 0 ? rows.findIndex((link) => link.hasAttribute("aria-current")) : from;
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

const write = (mode) => ({
  can: () => Boolean(composer()?.querySelector(`#mode-${mode()}`)),
  run() {
    composer().querySelector(`#mode-${mode()}`).checked = true;
    chosenForm()?.elements.text.focus();
  },
});

const view = (name) => ({
  can: () => Boolean(document.getElementById(`view-${name}`)),
  run: () => go(document.getElementById(`view-${name}`).href),
});

const RESOLVE = '[data-key="e"]';

// The one below, for whoever works down the list; from the last, the first that still waits.
function nextWaiting() {
  const rows = links().filter((link) => link.closest(".row-waiting") || link.hasAttribute("aria-current"));
  const at = rows.findIndex((link) => link.hasAttribute("aria-current"));
  return rows[at + 1] ?? rows.find((link) => !link.hasAttribute("aria-current"));
}

function resolveAndNext() {
  const form = document.querySelector(RESOLVE).form, next = nextWaiting()?.href;
  document.addEventListener("htmx:after:request", function after(event) {
    if (event.target !== form) return;
    document.removeEventListener("htmx:after:request", after);
    if (event.detail.ctx?.response?.status !== 200) return;
    go(next ?? document.querySelector('[data-view-link][aria-current="page"]')?.href ?? location.href);
  });
  document.querySelector(RESOLVE).click();
}

const commands = {
  next: { can: () => links().length > 0, run: () => move(1) },
  previous: { can: () => links().length > 0, run: () => move(-1) },
  find: { can: () => Boolean(document.getElementById("find")), run: () => document.getElementById("find").select() },
  answer: write(() => composer()?.dataset.chosen ?? "public"),
  note: write(() => "note"),
  direct: write(() => "private"),
  invite: write(() => "invite"),
  send: { can: () => Boolean(chosenForm()?.elements.text.value), run: () => chosenForm().requestSubmit() },
  take: button("[data-take]"),
  resolve: button(RESOLVE),
  "resolve-next": { can: () => Boolean(document.querySelector(RESOLVE)), run: resolveAndNext },
  undo: button("[data-undo]"),
  context: button("[data-context]"),
  "go-open": view("open"),
  "go-mine": view("mine"),
  "go-resolved": view("resolved"),
  "go-spam": view("spam"),
  help: { can: () => true, run: () => document.getElementById("help").showModal() },
};

export const can = (name) => Boolean(commands[name]?.can());
export const run = (name) => commands[name].run();
