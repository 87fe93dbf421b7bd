// What changed at the desk, told to every tab of this browser over one stream (the contract: careline/live/edge.py).
//
//   start({ stream: "/live", ticket: "/acme/live-ticket", name: "acme", seq: 17 })   once; seq as the page was rendered
//   onChange(fn)   fn({ seq, what, conversation_id, message_id }); what "resync" says: fetch everything you show
//   onPresence(fn) fn(conversation_id): who is reading or writing there has changed
//   onState(fn)    fn("connecting" | "live" | "waiting" | "signed-out"), now and whenever it changes
//
// One tab leads: it holds a Web Lock and the stream, and passes on what it hears by BroadcastChannel. When it goes,
// the browser gives the lock to the next. Without locks (no secure context) each tab has a stream of its own.
// Numbers have no holes, so a tab that sees one knows that it has missed something and asks for everything.

const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 30_000, SILENCE_MS = 40_000, KEPT = 500;

const listeners = new Set(), watchers = new Set(), neighbours = new Set();
let settings, channel, seq = 0, state = "connecting", leading = false, kept = [];

export function onChange(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

export function onPresence(fn) {
  neighbours.add(fn);
  return () => neighbours.delete(fn);
}

export function onState(fn) {
  watchers.add(fn);
  fn(state);
  return () => watchers.delete(fn);
}

export function start(given) {
  settings = given;
  seq = Number(given.seq);
  const name = `careline-live-${given.name}`;
  channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => hear(data);
  channel.postMessage({ ask: seq });
  if (navigator.locks) navigator.locks.request(name, lead);
  else lead();
}

function call(fns, value) {
  for (const fn of fns) {
    try { fn(value); } catch (error) { reportError(error); }
  }
}

function enter(next) {
  if (next === state) return;
  state = next;
  if (leading) channel.postMessage({ state });
  call(watchers, state);
}

// From another tab: news and state of the leader, or the question of a tab that has just opened.
function hear({ news, state: theirs, ask, leads, presence }) {
  presence?.forEach((one) => call(neighbours, one));
  news?.forEach(take);
  if (theirs && !leading) enter(theirs);
  if (leads > seq) take({ seq: leads, what: "resync" });
  if (ask !== undefined && leading) {
    const known = kept.length > 0 && kept[0].seq <= ask + 1;
    if (ask < seq) channel.postMessage({ news: known ? kept.filter((one) => one.seq > ask) : [{ seq, what: "resync" }] });
    channel.postMessage({ state });
    // A page may be a moment ahead of the stream. If it stays ahead, it shows a desk that an older copy has replaced.
    if (ask > seq) setTimeout(() => ask > seq && channel.postMessage({ news: [{ seq, what: "resync", always: true }] }), 2000);
  }
}

function take(change) {
  if (change.seq <= seq && !change.always) return;
  const missed = change.what !== "resync" && change.seq > seq + 1;
  seq = change.seq;
  call(listeners, missed ? { seq, what: "resync" } : change);
}

async function lead() {
  leading = true;
  channel.postMessage({ leads: seq });
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      await follow();
      wait = FIRST_WAIT_MS;
    } catch (error) {
      if (state === "live") wait = FIRST_WAIT_MS;
      enter(error.message === "signed-out" ? "signed-out" : "waiting");
    }
    await pause(wait * (0.5 + Math.random() / 2));
  }
}

// Until the server ends the stream; throws when it cannot be had or breaks.
async function follow() {
  const ticket = await fetchTicket();
  const control = new AbortController();
  let dog;
  const alive = () => {
    clearTimeout(dog);
    dog = setTimeout(() => control.abort(), SILENCE_MS);
  };
  alive();
  try {
    const query = new URLSearchParams({ ticket, after: seq });
    const answer = await fetch(`${settings.stream}?${query}`, { signal: control.signal, cache: "no-store" });
    if (!answer.ok) throw new Error(`stream ${answer.status}`);
    enter("live");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", part; !(part = await reader.read()).done; alive()) {
      const frames = (rest + part.value).split("\n\n");
      rest = frames.pop();
      spread(frames.map(read).filter(Boolean));
    }
  } finally {
    clearTimeout(dog);
  }
}

async function fetchTicket() {
  const answer = await fetch(settings.ticket, { cache: "no-store", redirect: "manual", headers: { Accept: "application/json" } });
  if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) throw new Error("signed-out");
  if (!answer.ok) throw new Error(`ticket ${answer.status}`);
  return (await answer.json()).ticket;
}

function read(frame) {
  const fields = Object.fromEntries(frame.split("\n").map((line) => line.match(/^(\w+): (.*)$/)?.slice(1) ?? ["", ""]));
  if (fields.event === "change") return JSON.parse(fields.data);
  // The server's own resync counts even when its number is lower: an older copy of the desk was put back.
  if (fields.event === "resync") return { seq: JSON.parse(fields.data).seq, what: "resync", always: true };
  if (fields.event === "presence") return { presence: JSON.parse(fields.data).conversation_id };
  return null;
}

function spread(told) {
  const presence = told.filter((one) => one.presence).map((one) => one.presence);
  if (presence.length) {
    channel.postMessage({ presence });
    presence.forEach((one) => call(neighbours, one));
  }
  const news = told.filter((one) => !one.presence);
  if (!news.length) return;
  kept = news.at(-1).always ? [] : [...kept, ...news.filter((one) => !one.always)].slice(-KEPT);
  channel.postMessage({ news });
  news.forEach(take);
}

// Wait, but not past the moment when the network or the reader comes back.
function pause(ms) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
  });
}
