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
const LIST_MS = 1000, AGAIN_MS = 3000;
const wanted = new Set();
const late = new Set();
let busy = false;
let own = false;
let timer = 0;
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

// What has come for a place that is about to go, or is gone, is asked for again when the next one is shown: that may
// have been read before the change.
function missed(target, part) {
  if (target.isConnected && !target.closest("[aria-busy]")) return false;
  late.add(part);
  return true;
}

async function read(address) {
  const reply = await fetch(address, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (reply.ok) return reply.text();
  // Gone, or not ours to see any more: asking again changes nothing.
  const error = new Error(String(reply.status));
  error.final = reply.status < 500;
  throw error;
}

const lay = (target, text) => htmx.swap({ text, target, swap: "outerMorph", sourceElement: target });

async function fetchList({ pages, force = false } = {}) {
  const target = document.getElementById("list");
  if (!target || missed(target, "list")) return;
  listedAt = performance.now();
  const seen = named(".row-waiting");
  const text = await read(listAddress(target, pages));
  if (missed(target, "list")) return;
  if (!force && hold(target, text, () => fetchList({ force: true }))) return;
  const scroll = document.getElementById("rows")?.scrollTop ?? 0;
  await lay(target, text);
  document.getElementById("rows")?.scrollTo({ top: scroll });
  mark();
  const news = fresh(seen, named(".row-waiting"));
  if (pages) return;
  highlight(news);
  say(words.newConversation, words.newConversations, news.map(([, name]) => name));
}

async function fetchConversation() {
  const shown = openConversation();
  if (!shown || missed(shown, "conversation")) return;
  const text = await read(shown.dataset.url);
  if (missed(shown, "conversation")) return;
  const seen = named('.message[data-in="yes"]');
  const had = shown.contains(document.activeElement);
  await lay(shown, text);
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

const listIn = () => Math.max(0, LIST_MS - (performance.now() - listedAt));

// The conversation first: it is what its reader is waiting for.
function next() {
  if (wanted.has("conversation")) return { part: "conversation", fetch: fetchConversation };
  if (!wanted.has("list") || listIn() > 0) return null;
  const force = own;
  own = false;
  return { part: "list", fetch: () => fetchList({ force }) };
}

async function work() {
  if (busy) return;
  busy = true;
  clearTimeout(timer);
  let wait = 0;
  for (let one = next(); one && !wait; one = next()) {
    wanted.delete(one.part);
    try {
      await one.fetch();
    } catch (error) {
      // The line is down: the stream says so in words; what was wanted is not forgotten.
      if (error.final) continue;
      wanted.add(one.part);
      wait = AGAIN_MS;
    }
  }
  busy = false;
  if (wanted.size) timer = setTimeout(work, wait || listIn());
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
  document.addEventListener("desk:shown", () => {
    mark();
    const parts = [...late];
    late.clear();
    if (parts.length) refresh(...parts);
  });
  document.addEventListener("desk:drafted", () => refresh("list"));
  mark();
  addEventListener("online", () => refresh());
  // A verb answers with this header; what it changed is fetched at once, without waiting for the stream, and also
  // laid under a pointer that rests on the list: the reader has asked for it.
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx?.response?.headers.get("HX-Trigger") !== "desk:changed") return;
    own = true;
    refresh();
  });
}
