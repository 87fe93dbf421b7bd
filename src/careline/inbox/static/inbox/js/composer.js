// The composer: counts as the network counts (the server counts again), keeps what is typed, and says when the
// customer has written since. It never changes by itself who is answered while something is typed (law 3).

import { leading, overflow, weight } from "./weight.js";
import { announce, fill, number, words } from "./words.js";

const SAVE_MS = 700;
// From here on the ring says that the end is near, and the number is said aloud once when it is passed.
const NEAR = { weighted: [20, 0], plain: [200, 0] };

const box = () => document.getElementById("composer");
const forms = () => [...(box()?.querySelectorAll("form.panel") ?? [])];
const textOf = (form) => form.elements.text;
const keyOf = (form) => `careline:${form.closest("#composer").dataset.conversation}:${form.dataset.mode}`;
export const chosenForm = () => forms().find((form) => form.dataset.mode === box().querySelector('[name="mode"]:checked')?.value);

function carriedBy(form) {
  const others = [...form.querySelectorAll('[name="notify"]:checked')].map((one) => one.dataset.handle);
  return [textOf(form).dataset.carried, ...others].filter(Boolean);
}

// What the signature adds, unless somebody has typed it themselves: the rule of domain/signature.py.
function signatureOf(text, letters) {
  const end = text.trimEnd();
  if (!letters || !end || end.toUpperCase().match(/(^|\s)\^\S+$/)?.[0].trim() === `^${letters.toUpperCase()}`) return "";
  return ` ^${letters}`;
}

function measure(form) {
  const text = textOf(form), limit = Number(text.dataset.limit), weighted = "weighted" in text.dataset;
  const signature = signatureOf(text.value, text.dataset.signature);
  const typedText = signature ? text.value.trimEnd() : text.value;
  const from = weighted ? leading(typedText, carriedBy(form)) : 0;
  const counts = typedText.slice(from);
  const used = weighted ? weight(counts + signature) : counts.length + signature.length;
  const room = limit - signature.length;
  const cut = used > limit ? (weighted ? overflow(counts.normalize("NFC"), room) : room) : -1;
  return { used, limit, weighted, over: cut < 0 ? "" : counts.normalize("NFC").slice(cut) };
}

function count(form) {
  const { used, limit, weighted, over } = measure(form);
  const left = limit - used;
  const place = form.querySelector("[data-left]");
  const said = fill(left < 0 ? words.over : words.left, { n: number(Math.abs(left)) });
  place.textContent = said;
  const near = NEAR[weighted ? "weighted" : "plain"];
  const stage = left < 0 ? "over" : left <= near[0] ? "near" : "";
  place.classList.toggle("left-over", stage === "over");
  place.classList.toggle("left-near", stage === "near");
  const ring = form.querySelector("[data-ring]");
  ring.dataset.stage = stage;
  ring.querySelector(".ring-used").setAttribute("stroke-dasharray", `${Math.min(100, (used / limit) * 100)} 100`);
  if (stage && form.dataset.stage !== stage) announce(said);
  form.dataset.stage = stage;
  const rest = form.querySelector("[data-overflow]");
  if (rest) {
    rest.hidden = !over;
    rest.querySelector("mark").textContent = over;
  }
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
    marked(form, text);
  } catch {
    note.textContent = words.notSaved;
  }
}

// The list marks conversations with a draft: it is told when there is one now, or none any more.
function marked(form, text) {
  const had = form.dataset.drafted ?? String(Boolean(textOf(form).defaultValue));
  form.dataset.drafted = String(Boolean(text));
  if (form.dataset.drafted !== had) document.dispatchEvent(new CustomEvent("desk:drafted"));
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

export function choose(mode) {
  const radio = box()?.querySelector(`#mode-${mode}`);
  if (!radio) return;
  radio.checked = true;
  const form = chosenForm();
  (form ? textOf(form) : radio).focus();
}

// Brings a message into view without leaving what is being written; false where it is not on the page.
function look(id) {
  const message = document.getElementById(`message-${id}`);
  if (!message) return false;
  message.scrollIntoView({ block: "center" });
  message.classList.add("just-in");
  setTimeout(() => message.classList.remove("just-in"), 3000);
  return true;
}

// The network's own composer with what is written here, in a tab of its own; the desk keeps the answer meanwhile. What
// an invitation adds to the text is on the message's own link, once it stands in the timeline.
function openThere({ dataset, form }) {
  if (form.dataset.mode === "invite") return;
  const { signature } = textOf(form).dataset;
  const text = textOf(form).value.trim() + (signature ? ` ^${signature}` : "");
  window.open(`${dataset.byHand}&text=${encodeURIComponent(text)}`, "_blank", "noopener");
}

// Before what is written already: nothing that somebody typed is lost.
function suggest({ dataset, form }) {
  const field = textOf(form);
  if (!field.value.includes(dataset.suggest)) field.value = [dataset.suggest, field.value].filter(Boolean).join(" ");
  typed(form);
  field.focus();
}

function onClick(event) {
  const answer = event.target.closest("[data-answers]");
  if (answer && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    flush().then(() => renew(`?answers=${answer.dataset.answers}`, true));
  }
  if (event.target.closest("[data-answer-newest]")) flush().then(() => renew("", true));
  const link = event.target.closest("#composer [data-look]");
  if (link && look(link.dataset.look)) event.preventDefault();
  const there = event.target.closest("[data-by-hand]");
  if (there && textOf(there.form).value.trim()) openThere(there);
  const offered = event.target.closest("[data-suggest]");
  if (offered) suggest(offered);
  const other = event.target.closest("[data-mode-switch]");
  if (other) {
    event.preventDefault();
    choose(other.dataset.modeSwitch);
  }
  if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
  if (event.target.closest("[data-ask-no]")) {
    const form = event.target.closest("form");
    form.querySelector("[data-ask]").remove();
    textOf(form).focus({ preventScroll: true });
  }
}

function complain(form, sentence) {
  const place = form.querySelector("[data-trouble]");
  place.textContent = sentence;
  place.hidden = !sentence;
}

// What the server has no composer to answer with: gone, full, or asking who we are. What is typed stays as it is.
function onReply(event) {
  const { status } = event.detail.ctx.response;
  if (status === 401 && askToSignIn()) event.preventDefault();
  const form = event.target;
  if (!form.matches?.("form.panel") || status < 500) return;
  event.preventDefault();
  complain(form, words.noDesk);
}

// A word instead of a silent jump to another page; false where there is no composer to lose.
export function askToSignIn() {
  const dialog = document.getElementById("signed-out");
  if (dialog && !dialog.open) dialog.showModal();
  return Boolean(dialog);
}

let online = true;

// The stream's state, from stream.js.
export function connected(isConnected) {
  const banner = document.getElementById("offline");
  if (banner) banner.hidden = isConnected;
  online = isConnected;
}

const flush = () => Promise.all(forms().filter((form) => timers.has(form)).map((form) => (clearTimeout(timers.get(form)), save(form))));

export function startComposer() {
  restore();
  // From conversation to conversation without a new page (navigate.js).
  document.addEventListener("desk:leaving", (event) => event.detail.wait(flush()));
  document.addEventListener("desk:shown", () => {
    restore();
    connected(online);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form.panel");
    if (!form) return;
    complain(form, "");
    event.target.name === "text" ? typed(form) : count(form);
  });
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.("form.panel")?.requestSubmit();
  });
  document.addEventListener("htmx:before:response", onReply);
  document.addEventListener("htmx:error", (event) => {
    if (event.target.matches?.("form.panel")) complain(event.target, words.noLine);
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
    connected(online);
    box().querySelector("[data-ask]")?.focus();
    if (focusNext && chosenForm()) textOf(chosenForm()).focus();
    focusNext = false;
  });
  window.addEventListener("pagehide", flush);
}
