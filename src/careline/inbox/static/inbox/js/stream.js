// Live: one stream of changes for all tabs (live.js); where it does not stand, a question every five seconds; and a
// word on which of them it is.

import { onChange, onState, start } from "../live.js";
import { askToSignIn, connected } from "./composer.js";
import { heard, refresh } from "./refresh.js";
import { words } from "./words.js";

const POLL_MS = 5000;

let seq = Number(words.seq ?? 0);
let poll = 0;

function show(state, text) {
  const place = document.getElementById("link-state");
  if (!place || place.dataset.state === state) return;
  place.dataset.state = state;
  place.querySelector("[data-text]").textContent = text;
  connected(state !== "offline");
}

function take(change) {
  if (change.what === "resync") {
    seq = change.seq;
    refresh();
  } else if (change.seq > seq) {
    seq = change.seq;
    heard(change);
  }
}

async function ask() {
  try {
    const reply = await fetch(`${words.changes}?after=${seq}`, { headers: { Accept: "application/json" } });
    if (!reply.ok) throw new Error(String(reply.status));
    (await reply.json()).changes.forEach(take);
    if (poll) show("polling", words.isPolling);
  } catch {
    if (poll) show("offline", words.isOffline);
  }
}

function enter(state) {
  clearInterval(poll);
  poll = 0;
  if (state === "live") show("live", words.isLive);
  if (state === "signed-out") {
    show("offline", words.isOut);
    askToSignIn();
  }
  if (state === "waiting") {
    poll = setInterval(ask, POLL_MS);
    ask();
  }
}

export function startStream() {
  if (!words.ticket) return;
  onChange(take);
  onState(enter);
  // The browser knows before any answer fails to come.
  addEventListener("offline", () => show("offline", words.isOffline));
  addEventListener("online", () => (poll ? ask() : show("live", words.isLive)));
  start({ stream: "/live", ticket: words.ticket, name: words.workspace, seq });
}
