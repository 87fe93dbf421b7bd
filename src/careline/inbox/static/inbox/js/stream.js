// Live: one stream of changes; where it does not stand, a question every five seconds; and a word on which of them it is.

import { onChange, refresh } from "./refresh.js";
import { words } from "./words.js";

const POLL_MS = 5000;
const RETRY_MS = [500, 2000, 5000, 15000, 30000];

let seq = Number(words.seq ?? 0);
let failures = 0;
let poll = 0;
let source = null;

function show(state, text) {
  const place = document.getElementById("link-state");
  if (!place || place.dataset.state === state) return;
  place.dataset.state = state;
  place.querySelector("[data-text]").textContent = text;
}

function heard(change) {
  if (change.seq <= seq) return;
  seq = change.seq;
  onChange(change);
}

async function ask() {
  try {
    const reply = await fetch(`${words.changes}?after=${seq}`, { headers: { Accept: "application/json" } });
    if (reply.status === 401) return show("offline", words.isOut);
    if (!reply.ok) throw new Error(String(reply.status));
    const { changes } = await reply.json();
    changes.forEach(heard);
    if (poll) show("polling", words.isPolling);
  } catch {
    show("offline", words.isOffline);
  }
}

function startPolling() {
  if (poll) return;
  ask();
  poll = setInterval(ask, POLL_MS);
}

function stopPolling() {
  clearInterval(poll);
  poll = 0;
}

function again() {
  source?.close();
  source = null;
  startPolling();
  const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
  setTimeout(connect, wait * (0.75 + Math.random() / 2));
}

async function connect() {
  let ticket = "";
  try {
    const reply = await fetch(words.ticket, { headers: { Accept: "application/json" } });
    if (reply.status === 401) return show("offline", words.isOut);
    ticket = reply.ok ? (await reply.json()).ticket : "";
  } catch {
    return again();
  }
  if (!ticket) return again();
  source = new EventSource(`/live?${new URLSearchParams({ ticket, after: seq })}`);
  source.addEventListener("open", () => {
    failures = 0;
    stopPolling();
    show("live", words.isLive);
  });
  source.addEventListener("change", (event) => heard(JSON.parse(event.data)));
  source.addEventListener("resync", (event) => {
    seq = JSON.parse(event.data).seq;
    refresh();
  });
  // A ticket is good for a minute only, so the browser's own way of reconnecting would fail: begin anew.
  source.addEventListener("error", again);
}

export function startStream() {
  if (!words.ticket) return;
  connect();
  window.addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
}
