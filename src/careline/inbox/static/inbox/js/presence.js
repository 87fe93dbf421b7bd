// Two agents at one desk: says that somebody is here, and who else is. Never a lock, only a word in time.
//
// Tells the desk what this tab does (reading, writing, gone) at most every 20 seconds while nothing changes; hears from
// the stream that something did, and asks for names then, at most once a second. `onPresence(fn)` is for other parts:
// fn(here), here a Map of conversation id to { text, doing, people }.

import { onPresence as onNews } from "../live.js";
import { words } from "./words.js";

const BEAT_MS = 20_000, STILL_WRITING_MS = 8_000, ASK_MS = 1_000;
const tab = crypto.randomUUID?.() ?? String(Math.random());
const listeners = new Set();

let here = new Map(), doing = "", told = 0, wroteAt = 0, asking = 0, stale = false, later = 0;

export function onPresence(fn) {
  listeners.add(fn);
  fn(here);
  return () => listeners.delete(fn);
}

const open = () => document.getElementById("conversation")?.dataset.id;

function report(next, last = false) {
  const conversation = open();
  const token = document.querySelector('[name="csrfmiddlewaretoken"]')?.value;
  if (!conversation || !token || !words.presence) return;
  doing = next;
  told = Date.now();
  const body = new FormData();
  for (const [name, value] of Object.entries({ conversation, tab, doing: next, csrfmiddlewaretoken: token })) body.set(name, value);
  if (last && navigator.sendBeacon?.(words.presence, body)) return;
  fetch(words.presence, { method: "POST", body, keepalive: last, headers: { Accept: "application/json" } }).catch(() => {});
}

function beat() {
  if (document.hidden) return;
  const now = Date.now() - wroteAt < STILL_WRITING_MS ? "writing" : "reading";
  if (now !== doing || Date.now() - told >= BEAT_MS) report(now);
}

function typed(event) {
  if (event.target.name !== "text" || !event.target.closest?.("form.panel")) return;
  wroteAt = event.target.value ? Date.now() : 0;
  beat();
}

// What is heard while an answer is on its way is asked for again after it: the answer may be older.
function ask() {
  stale = true;
  if (!asking) asking = setTimeout(fetchNames, (ASK_MS / 2) * Math.random());
}

async function fetchNames() {
  stale = false;
  try {
    const reply = await fetch(words.presence, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual" });
    if (!reply.ok) throw new Error(String(reply.status));
    const { here: found, again_ms: again } = await reply.json();
    here = new Map(Object.entries(found));
    clearTimeout(later);
    if (again !== null) later = setTimeout(ask, again + 500);
  } catch {
    here = new Map();
  }
  show();
  for (const fn of listeners) fn(here);
  setTimeout(() => {
    asking = 0;
    if (stale) ask();
  }, ASK_MS);
}

function badge({ initials }) {
  const one = document.createElement("span");
  one.className = "avatar avatar-small";
  one.textContent = initials;
  return one;
}

// Into the composer's strip and the rows that have a place for it; again after either was fetched anew.
export function show() {
  for (const place of document.querySelectorAll("[data-presence-for]")) {
    const one = here.get(place.dataset.presenceFor);
    const text = one?.text ?? "";
    if (place.dataset.presence !== text) place.dataset.presence = text;
    if (place.textContent !== text) place.textContent = text;
    place.classList.toggle("is-writing", one?.doing === "writing");
  }
  const strip = document.getElementById("presence");
  if (!strip) return;
  const one = here.get(open());
  strip.hidden = !one;
  strip.classList.toggle("is-writing", one?.doing === "writing");
  strip.querySelector("[data-people]").replaceChildren(...(one?.people ?? []).slice(0, 4).map(badge));
  const text = strip.querySelector("[data-presence-text]");
  if (text.textContent !== (one?.text ?? "")) text.textContent = one?.text ?? "";
  const both = one?.doing === "writing" && [...document.querySelectorAll("#composer textarea")].some((box) => box.value);
  strip.querySelector("[data-presence-hint]").hidden = !both;
}

export function startPresence() {
  if (!words.presence) return;
  onNews(ask);
  document.addEventListener("input", typed);
  document.addEventListener("htmx:after:settle", show);
  document.addEventListener("desk:leaving", () => report("", true));
  document.addEventListener("desk:shown", () => {
    wroteAt = 0;
    doing = "";
    beat();
    show();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? report("", true) : beat()));
  window.addEventListener("pagehide", () => report("", true));
  window.addEventListener("pageshow", (event) => event.persisted && beat());
  setInterval(beat, 2_000);
  beat();
  ask();
}
