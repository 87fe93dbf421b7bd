// Fetches the list and the open conversation again and lays the new over the old, so that focus, scroll and
// open menus stay where they are. The composer is never touched by this.

import { announce, fill, words } from "./words.js";
import { settle } from "./composer.js";

const htmx = window.htmx;
const wanted = new Set();
let busy = false;

// What the reader has opened stays open when the server's copy says "closed".
htmx.registerExtension("careline-open", {
  htmx_before_morph_attr: (_element, detail) => detail.attrName !== "open",
});

const openConversation = () => document.getElementById("conversation");

const sources = {
  list() {
    const list = document.getElementById("list");
    if (!list) return null;
    const query = new URLSearchParams(location.search);
    const keep = new URLSearchParams({ current: openConversation()?.dataset.id ?? "" });
    for (const name of ["q", "after"]) if (query.has(name)) keep.set(name, query.get(name));
    return [list, `${list.dataset.url}?${keep}`];
  },
  conversation() {
    const shown = openConversation();
    return shown && [shown, shown.dataset.url];
  },
};

const customers = () => new Map(
  [...document.querySelectorAll('.message[data-in="yes"]')].map((one) => [one.id, one.dataset.name]),
);
const waiting = () => new Map([...document.querySelectorAll(".row-waiting")].map((one) => [one.id, one.dataset.name]));

async function fetchPart(part) {
  const source = sources[part]();
  if (!source) return;
  const [target, url] = source;
  const seen = part === "list" ? waiting() : customers();
  const scroll = target.querySelector(".rows")?.scrollTop;
  await htmx.ajax("GET", url, { target, swap: "outerMorph" });
  if (scroll !== undefined) document.querySelector(".rows")?.scrollTo({ top: scroll });
  const fresh = [...(part === "list" ? waiting() : customers())].filter(([id]) => !seen.has(id));
  for (const [id, name] of fresh.slice(-1)) {
    document.getElementById(id)?.classList.add("just-in");
    announce(fill(part === "list" ? words.newConversation : words.newMessage, { name }));
  }
  if (part === "conversation") settle();
}

async function work() {
  if (busy) return;
  busy = true;
  try {
    // The conversation first: it is what its reader is waiting for, and its announcement is the one to keep.
    for (const part of ["list", "conversation"]) {
      if (wanted.delete(part)) await fetchPart(part);
    }
  } finally {
    busy = false;
    if (wanted.size) setTimeout(work, 0);
  }
}

export function refresh(...parts) {
  for (const part of parts.length ? parts : ["list", "conversation"]) wanted.add(part);
  work();
}

export function heard(change) {
  refresh("list");
  if (!change.conversation_id || change.conversation_id === openConversation()?.dataset.id) refresh("conversation");
}

export function startRefresh() {
  // A verb answers with this header; what it changed is fetched at once, without waiting for the stream.
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx?.response?.headers.get("HX-Trigger") === "desk:changed") refresh();
  });
}
