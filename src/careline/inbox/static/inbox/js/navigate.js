// From one conversation or view to the next without a new page. The address is the same as the link's: reloading,
// going back, another tab and a browser without scripts all get the whole page there. Asked with the header
// Careline-Part, the server sends only what changes (templates/part.html). Whatever goes wrong ends in an ordinary
// navigation, so there is no state in which a link does nothing.
//
// Other modules take part by two events on document:
//   desk:leaving   what is shown is about to go; detail.wait(promise) holds it until then (drafts are saved)
//   desk:shown     something else is shown in #main and beside it

import { words } from "./words.js";

const PREFETCH_MS = 80, PREFETCH_GOOD_MS = 5000, LEAVING_MS = 3000;

const main = () => document.getElementById("main");
const list = () => document.getElementById("list");
const base = (address) => new URL(address, location).pathname.split("/").slice(1, 3).join("/");

let going = null;
let ahead = null;
let cameFrom = "";

const isConversation = (url) => /\/\d+\/$/.test(url.pathname);

// Only the list that belongs to the address may stay beside it: the view must be the same, and what was searched for.
function partFor(url) {
  const shown = list();
  const same = shown && base(shown.dataset.url) === base(url) && shown.dataset.q === (url.searchParams.get("q") ?? "");
  return same && (isConversation(url) || shown.dataset.after === (url.searchParams.get("after") ?? "")) ? "main" : "list";
}

async function load(url, part, signal) {
  const reply = await fetch(url, {
    signal, headers: { "HX-Request": "true", "Careline-Part": part, Accept: "text/html" },
  });
  if (!reply.ok) throw new Error(String(reply.status));
  const parts = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (!parts.getElementById("main")) throw new Error("not a page of the desk");
  return { parts, url: reply.redirected ? new URL(reply.url) : url };
}

// What is under the pointer is probably what is asked for next: one request at most, given up when the pointer goes on.
function prefetch(link) {
  const url = new URL(link.href);
  dropPrefetch();
  if (link.hasAttribute("aria-current") || partFor(url) !== "main") return;
  const control = new AbortController();
  const timer = setTimeout(() => {
    if (!ahead || ahead.control !== control) return;
    ahead.begun = Date.now();
    ahead.loading = load(url, "main", control.signal);
    ahead.loading.catch(() => {});
  }, PREFETCH_MS);
  ahead = { href: url.href, control, timer, loading: null, begun: 0 };
}

export function dropPrefetch() {
  if (!ahead) return;
  clearTimeout(ahead.timer);
  ahead.control.abort();
  ahead = null;
}

function takePrefetch(url) {
  const found = ahead;
  if (!found?.loading || found.href !== url.href || Date.now() - found.begun > PREFETCH_GOOD_MS) {
    dropPrefetch();
    return null;
  }
  ahead = null;
  return found;
}

function leaving() {
  const waits = [];
  document.dispatchEvent(new CustomEvent("desk:leaving", { detail: { wait: (promise) => waits.push(promise) } }));
  if (!waits.length) return Promise.resolve();
  const enough = new Promise((resolve) => { setTimeout(resolve, LEAVING_MS); });
  return Promise.race([Promise.allSettled(waits), enough]);
}

// Said at once, before anything has come: which row was chosen, and that its conversation is on its way.
function press(url, part) {
  for (const link of document.querySelectorAll("[data-row][aria-current]")) {
    link.removeAttribute("aria-current");
    cameFrom = link.closest("li").id;
  }
  const chosen = [...document.querySelectorAll("[data-row]")].find((link) => link.href === url.href);
  chosen?.setAttribute("aria-current", "true");
  show(main(), "loading-conversation");
  if (part === "list") show(list(), "loading-rows");
  document.body.className = isConversation(url) ? "at-conversation" : "at-list";
}

function show(place, template) {
  place.setAttribute("aria-busy", "true");
  if (place.querySelector(":scope > [data-loading]")) return;
  const bones = document.getElementById(template).content.cloneNode(true);
  bones.firstElementChild.dataset.loading = "";
  place.append(bones);
}

function put({ parts, url }, { focus }) {
  const place = main(), fresh = parts.getElementById("main");
  place.removeAttribute("aria-busy");
  place.replaceChildren(...fresh.childNodes);
  while (place.nextElementSibling) place.nextElementSibling.remove();
  place.after(...parts.getElementById("aside").childNodes);
  const rows = parts.getElementById("list");
  if (rows) list().replaceWith(rows);
  document.body.className = parts.body.className;
  document.title = parts.title;
  const find = document.getElementById("find");
  if (find && rows) find.value = url.searchParams.get("q") ?? "";
  window.htmx.process(place.parentElement);
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: { list: Boolean(rows) } }));
  if (focus === "rows") firstRow();
  else if (focus) headline(place);
}

// Who searched goes on among what was found, where the single keys work; who found nothing goes on writing.
function firstRow() {
  document.querySelector("[data-row]")?.focus();
}

// A screen reader goes on reading here; the list remembers its place by itself.
function headline(place) {
  if (!place.checkVisibility()) return document.getElementById(cameFrom)?.querySelector("a").focus();
  const title = place.querySelector("h1") ?? place;
  title.tabIndex = -1;
  return title.focus({ preventScroll: true });
}

export async function go(address, { history: how = "push", focus = true, anew = false } = {}) {
  const url = new URL(address, location);
  const part = anew ? "list" : partFor(url);
  going?.abort();
  const control = (going = new AbortController());
  const found = part === "main" ? takePrefetch(url) : (dropPrefetch(), null);
  control.signal.addEventListener("abort", () => found?.control.abort());
  const left = leaving();
  press(url, part);
  try {
    const [loaded] = await Promise.all([found?.loading ?? load(url, part, control.signal), left]);
    if (going !== control) return;
    going = null;
    if (how === "push" && loaded.url.href !== location.href) history.pushState({ desk: true }, "", loaded.url);
    else if (loaded.url.href !== location.href) history.replaceState({ desk: true }, "", loaded.url);
    put(loaded, { focus });
  } catch {
    if (going === control) location.assign(url);
  }
}

const plain = (event) => event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

function onClick(event) {
  const link = event.target.closest?.("a[data-row], a[data-view-link], a[data-find-clear], a.head-back");
  if (!link || event.defaultPrevented || !plain(event) || link.target) return;
  event.preventDefault();
  go(link.href, { anew: link.matches("[data-view-link]") });
}

function onSearch(event) {
  if (!event.target.matches?.("[data-find]")) return;
  event.preventDefault();
  const url = new URL(event.target.action);
  url.searchParams.set("q", event.target.elements.q.value);
  go(url, { focus: "rows" });
}

function onFindKey(event) {
  const field = event.target;
  if (field.id !== "find") return;
  const clear = field.form.querySelector("[data-find-clear]");
  if (event.type === "input") clear.hidden = !field.value;
  else if (event.key === "Escape" && field.value) {
    event.stopImmediatePropagation();
    field.value = "";
    clear.hidden = true;
    if (list()?.dataset.view === "find") go(clear.href, { focus: false });
  } else if (event.key === "ArrowDown") {
    event.preventDefault();
    document.querySelector("[data-row]")?.focus();
  }
}

export function startNavigate() {
  history.replaceState({ desk: true }, "", location.href);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSearch);
  document.addEventListener("input", onFindKey);
  document.addEventListener("keydown", onFindKey, { capture: true });
  window.addEventListener("popstate", (event) => { if (event.state?.desk) go(location.href, { history: "none" }); });
  for (const [enter, leave] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    document.addEventListener(enter, (event) => {
      const link = event.target.closest?.("a[data-row]");
      if (link && ahead?.href !== link.href) prefetch(link);
    });
    document.addEventListener(leave, (event) => {
      const link = event.target.closest?.("a[data-row]");
      if (link && !link.contains(event.relatedTarget)) dropPrefetch();
    });
  }
}
