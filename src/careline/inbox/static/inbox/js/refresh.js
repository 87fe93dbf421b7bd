// Fetches the list and the open conversation again and lays the new over the old, so that focus, scroll and
// open menus stay where they are. The composer is never touched by this.
//
// However much happens at once, there is one request for the list at a time and one a second at most; what came in
// between is in the next.

import { settle } from "./composer.js";
import { hold, mark } from "./held.js";
import { dropPrefetch } from "./navigate.js";
import { say, words } from "./words.js";

const htmx = window.htmx;
const LIST_MS = 1000;
const wanted = new Set();
let busy = false;
let listedAt = -LIST_MS;

// What the reader has opened stays open when the server's copy says "closed".
htmx.registerExtension("careline-open", {
  htmx_before_morph_attr: (_element, detail) => detail.attrName !== "open",
});

const openConversation = () => document.getElementById("conversation");
const named = (selector) => new Map([...document.querySelectorAll(selector)].map((one) => [one.id, one.dataset.name]));
const fresh = (seen, now) => [...now].filter(([id]) => !seen.has(id));

function highlight(found) {
  for (const [id] of found) document.getElementById(id)?.classList.add("just-in");
}

export function listAddress(list, pages = list.dataset.pages) {
  const query = new URLSearchParams({ current: openConversation()?.dataset.id ?? "", pages });
  for (const name of ["q", "after"]) if (list.dataset[name]) query.set(name, list.dataset[name]);
  return `${list.dataset.url}?${query}`;
}

// Lays `text` over the list, which keeps its scroll place.
async function lay(target, text) {
  const scroll = document.getElementById("rows")?.scrollTop ?? 0;
  await htmx.swap({ text, target, swap: "outerMorph", sourceElement: target });
  document.getElementById("rows")?.scrollTo({ top: scroll });
}

async function fetchList({ pages, force = false } = {}) {
  const target = document.getElementById("list");
  if (!target || target.hasAttribute("aria-busy")) return;
  listedAt = performance.now();
  const seen = named(".row-waiting");
  const reply = await fetch(listAddress(target, pages), { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!reply.ok) return;
  const text = await reply.text();
  // Somebody has gone elsewhere meanwhile: this is the list of a place that is no longer shown.
  if (!target.isConnected || target.hasAttribute("aria-busy")) return;
  if (!force && hold(target, text, () => fetchList({ force: true }))) return;
  await lay(target, text);
  mark();
  const news = fresh(seen, named(".row-waiting"));
  if (pages) return;
  highlight(news);
  say(words.newConversation, words.newConversations, news.map(([, name]) => name));
}

async function fetchConversation() {
  const shown = openConversation();
  if (!shown || shown.closest("[aria-busy]")) return;
  const seen = named('.message[data-in="yes"]');
  const had = shown.contains(document.activeElement);
  await htmx.ajax("GET", shown.dataset.url, { target: shown, swap: "outerMorph" });
  const now = openConversation();
  if (!now || now.dataset.id !== shown.dataset.id) return;
  // The button that was pressed may be gone with what it did: the keyboard goes on from the headline, not from nowhere.
  const title = now.querySelector("h1");
  if (had && title && !now.contains(document.activeElement) && document.activeElement === document.body) {
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }
  const news = fresh(seen, named('.message[data-in="yes"]'));
  highlight(news);
  say(words.newMessage, words.newMessages, news.map(([, name]) => name));
  settle();
}

async function work() {
  if (busy) return;
  busy = true;
  try {
    // The conversation first: it is what its reader is waiting for.
    if (wanted.delete("conversation")) await fetchConversation();
    if (wanted.has("list") && performance.now() - listedAt >= LIST_MS) {
      wanted.delete("list");
      await fetchList();
    }
  } catch {
    // The line is down: the stream says so in words, and asks for everything when it is back.
  } finally {
    busy = false;
    if (wanted.size) setTimeout(work, wanted.has("conversation") ? 0 : Math.max(0, LIST_MS - (performance.now() - listedAt)));
  }
}

export function refresh(...parts) {
  for (const part of parts.length ? parts : ["conversation", "list"]) wanted.add(part);
  work();
}

export function heard(change) {
  dropPrefetch();
  refresh("list");
  if (!change.conversation_id || change.conversation_id === openConversation()?.dataset.id) refresh("conversation");
}

// The next rows below those that are there; by the link's address where no script runs.
async function more(event) {
  const link = event.target.closest?.("a[data-more]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const list = document.getElementById("list");
  const last = [...list.querySelectorAll("[data-row]")].at(-1)?.closest("li").id;
  link.setAttribute("aria-disabled", "true");
  try {
    await fetchList({ pages: Number(list.dataset.pages) + 1, force: true });
  } catch {
    location.assign(link.href);
  }
  let next = document.getElementById(last)?.nextElementSibling;
  while (next && !next.querySelector("[data-row]")) next = next.nextElementSibling;
  next?.querySelector("[data-row]").focus();
}

export function startRefresh() {
  document.addEventListener("click", more);
  document.addEventListener("desk:shown", mark);
  mark();
  // A verb answers with this header; what it changed is fetched at once, without waiting for the stream.
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx?.response?.headers.get("HX-Trigger") === "desk:changed") refresh();
  });
}
