// The composer: counts as the network counts (the server counts again), keeps what is typed, and says when the
// customer has written since. It never changes by itself who is answered while something is typed (law 3).

import { fill, number, words } from "./words.js";

const SAVE_MS = 700;
const LINK = /https?:\/\/\S+|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|de|co|uk|eu|info|app|dev)(?:\/\S*)?(?![\w@])/gi;
const PICTURE = /(?![\u00a9\u00ae](?!\ufe0f))\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const isLight = (point) =>
  point <= 4351 || (point >= 8192 && point <= 8205) || (point >= 8208 && point <= 8223) || (point >= 8242 && point <= 8247);

function weight(text) {
  let links = 0;
  const rest = text.normalize("NFC").replace(LINK, () => (links++, ""));
  let sum = links * 23;
  for (const { segment } of graphemes.segment(rest)) {
    if (PICTURE.test(segment)) sum += 2;
    else for (const character of segment) sum += isLight(character.codePointAt(0)) ? 1 : 2;
  }
  return sum;
}

const box = () => document.getElementById("composer");
const forms = () => [...(box()?.querySelectorAll("form.panel") ?? [])];
const textOf = (form) => form.elements.text;
const keyOf = (form) => `careline:${box().dataset.conversation}:${form.dataset.mode}`;
export const chosenForm = () => forms().find((form) => form.dataset.mode === box().querySelector('[name="mode"]:checked')?.value);

function count(form) {
  const text = textOf(form);
  const used = "weighted" in text.dataset ? weight(text.value) : text.value.length;
  const left = Number(text.dataset.limit) - used;
  const place = form.querySelector("[data-left]");
  place.textContent = fill(left < 0 ? words.over : words.left, { n: number(Math.abs(left)) });
  place.classList.toggle("left-over", left < 0);
  for (const shown of form.querySelectorAll("[data-preview]")) shown.textContent = form.elements[shown.dataset.preview].value || "…";
}

const timers = new WeakMap();

async function save(form) {
  if (!form.isConnected || !timers.delete(form)) return;
  const text = textOf(form).value;
  const note = form.querySelector("[data-saved]");
  try {
    const reply = await fetch(form.dataset.draft, {
      method: "POST", body: new FormData(form), keepalive: true, headers: { Accept: "application/json" },
    });
    if (!reply.ok) throw new Error(String(reply.status));
    if (textOf(form).value === text) localStorage.removeItem(keyOf(form));
    note.textContent = text ? words.saved : "";
  } catch {
    note.textContent = words.notSaved;
  }
}

function typed(form) {
  count(form);
  localStorage.setItem(keyOf(form), textOf(form).value);
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(save, SAVE_MS, form));
}

// What this browser kept because the server could not be reached is newer than what the page brought.
function restore() {
  for (const form of forms()) {
    const kept = localStorage.getItem(keyOf(form));
    if (kept !== null && kept !== textOf(form).value) {
      textOf(form).value = kept;
      typed(form);
    }
    count(form);
  }
}

let focusNext = false;

export async function renew(query = "", focus = false) {
  focusNext = focus;
  await window.htmx.ajax("GET", box().dataset.url + query, { target: "#composer-place", swap: "innerHTML" });
}

// After the timeline was fetched again: has the customer written since this composer was made?
export function settle() {
  const composer = box();
  const notice = document.getElementById("newer");
  const last = [...document.querySelectorAll('.message[data-in="yes"]:not(.message-gone)')].at(-1);
  if (!notice || !last || new URLSearchParams(location.search).has("before")) return;
  if (last.id === `message-${composer.dataset.latest}`) return;
  const idle = forms().every((form) => !textOf(form).value) && !composer.contains(document.activeElement);
  if (idle) renew();
  else notice.hidden = false;
}

function onClick(event) {
  const answer = event.target.closest("[data-answers]");
  if (answer && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    flush().then(() => renew(`?answers=${answer.dataset.answers}`, true));
  }
  if (event.target.closest("[data-answer-newest]")) flush().then(() => renew("", true));
  if (event.target.closest("[data-ask-no]")) {
    const form = event.target.closest("form");
    form.querySelector("[data-ask]").remove();
    textOf(form).focus();
  }
}

const flush = () => Promise.all(forms().filter((form) => timers.has(form)).map((form) => (clearTimeout(timers.get(form)), save(form))));

export function startComposer() {
  if (!box()) return;
  restore();
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form.panel");
    if (form) event.target.name === "text" ? typed(form) : count(form);
  });
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.("form.panel")?.requestSubmit();
  });
  document.addEventListener("htmx:before:request", (event) => {
    const form = event.target;
    if (!form.matches?.("form.panel")) return;
    clearTimeout(timers.get(form));
    timers.delete(form);
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (event.target.matches?.("form.panel") && event.detail.ctx?.response?.status === 200) localStorage.removeItem(keyOf(event.target));
  });
  document.addEventListener("htmx:after:settle", (event) => {
    if (event.target.id !== "composer-place" || !box()) return;
    // While old and new stood side by side they were one group of radio buttons, of which only one can be checked.
    const mode = document.getElementById(`mode-${box().dataset.chosen}`);
    if (mode) mode.checked = true;
    restore();
    box().querySelector("[data-ask]")?.focus();
    if (focusNext && chosenForm()) textOf(chosenForm()).focus();
    focusNext = false;
  });
  window.addEventListener("pagehide", flush);
}
