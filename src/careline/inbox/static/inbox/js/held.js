// Rows do not move under a pointer that is about to press one: while somebody is at work in the list, a change that
// would shift what they see waits behind a button at the top. And: what is new since this reader last looked, and how
// many customers wait, said in the title of the page.

import { show as showPresence } from "./presence.js";
import { fill, number, words } from "./words.js";

const RESTS_MS = 4000;
const SEEN = "careline:seen", MOST_SEEN = 1000;

let moved = -RESTS_MS;
let timer = 0;

const rows = () => document.getElementById("rows");
const ids = (root) => [...root.querySelectorAll("#rows > li[id]")].map((row) => row.id).filter((id) => id !== "rows-more");

function atWork() {
  const place = rows();
  if (!place) return false;
  if (place.contains(document.activeElement)) return true;
  return place.matches(":hover") && performance.now() - moved < RESTS_MS;
}

// How far down the list is on the screen: rows below that may come and go.
function inSight() {
  const bottom = rows().getBoundingClientRect().bottom;
  return [...rows().children].filter((row) => row.getBoundingClientRect().top < bottom).length;
}

// True when the new list has to wait. What has only changed within a row is shown all the same.
export function hold(list, text, apply) {
  clearTimeout(timer);
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const before = rows() ? ids(document) : [], after = ids(fresh);
  if (!before.length || !atWork()) return false;
  const sight = Math.min(inSight(), before.length);
  if (before.slice(0, sight).every((id, at) => id === after[at])) return false;
  update(list, fresh);
  const known = new Set(before);
  pill(after.filter((id) => id.startsWith("row-") && !known.has(id)).length, apply);
  timer = setTimeout(again, RESTS_MS, apply);
  return true;
}

function again(apply) {
  if (!document.getElementById("pill")) return;
  if (atWork()) timer = setTimeout(again, RESTS_MS, apply);
  else apply();
}

function update(list, fresh) {
  list.querySelector(".views").innerHTML = fresh.querySelector(".views").innerHTML;
  list.dataset.waiting = fresh.getElementById("list").dataset.waiting;
  for (const row of rows().querySelectorAll(".row")) {
    const other = fresh.getElementById(row.id);
    if (!other) continue;
    for (const name of ["class", "data-last", "data-last-by"]) row.setAttribute(name, other.getAttribute(name));
    const [inside, news] = [row.querySelector("[data-row]"), other.querySelector("[data-row]")];
    if (inside.innerHTML !== news.innerHTML) inside.innerHTML = news.innerHTML;
  }
  mark();
}

function pill(count, apply) {
  let button = document.getElementById("pill");
  if (!button) {
    button = Object.assign(document.createElement("button"), { id: "pill", type: "button", className: "pill" });
    document.getElementById("pill-place").replaceChildren(button);
  }
  button.textContent = count ? fill(words.pill, { n: number(count) }) : words.pillOrder;
  button.onclick = () => {
    clearTimeout(timer);
    apply().then(() => {
      rows()?.scrollTo({ top: 0 });
      document.querySelector("[data-row]")?.focus({ preventScroll: true });
    });
  };
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(`${SEEN}:${words.workspace}`)) ?? null;
  } catch {
    return null;
  }
}

// When this reader last looked at each conversation; what came before the first visit is not news.
function seen() {
  const found = kept() ?? { since: Number(words.now ?? Date.now()), at: {} };
  const open = document.getElementById("conversation")?.dataset.id;
  const row = open && document.getElementById(`row-${open}`);
  if (row && document.visibilityState === "visible") found.at[open] = Number(row.dataset.last);
  const entries = Object.entries(found.at);
  if (entries.length > MOST_SEEN) {
    entries.sort((one, other) => one[1] - other[1]).splice(0, MOST_SEEN / 2).forEach(([, at]) => { found.since = Math.max(found.since, at); });
    found.at = Object.fromEntries(entries);
  }
  localStorage.setItem(`${SEEN}:${words.workspace}`, JSON.stringify(found));
  return found;
}

export function mark() {
  const { since, at } = seen();
  for (const row of document.querySelectorAll(".row")) {
    const news = row.dataset.lastBy === "in" && Number(row.dataset.last) > (at[row.dataset.id] ?? since);
    row.classList.toggle("row-new", news);
    row.querySelector("[data-news]").hidden = !news;
  }
  showPresence();
  const waiting = Number(document.getElementById("list")?.dataset.waiting ?? 0);
  const title = document.title.replace(/^\([^)]*\) /, "");
  const wanted = waiting ? `(${waiting > 1000 ? `${number(1000)}+` : number(waiting)}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
}

export function startHeld() {
  document.addEventListener("pointermove", (event) => {
    if (event.target.closest?.("#rows")) moved = performance.now();
  }, { passive: true });
}
