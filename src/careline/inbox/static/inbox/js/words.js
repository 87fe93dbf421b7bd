// What the scripts say, in the reader's language: sentences from the page, lengths of time from the browser's Intl.

const element = document.getElementById("words");
export const words = element?.dataset ?? {};
const language = words.language || "en";

// The desk's clock may run beside the browser's (law 10): count from what the page said it was.
const skew = words.now ? Number(words.now) - Date.now() : 0;
export const now = () => Date.now() + skew;

export function fill(sentence, values) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), sentence ?? "");
}

export const number = (value) => new Intl.NumberFormat(language).format(value);

function span(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes >= 48 * 60) return [Math.floor(minutes / 1440), "day"];
  if (minutes >= 60) return [Math.floor(minutes / 60), "hour"];
  return [Math.max(minutes, 0), "minute"];
}

const short = { minute: "shortMinute", hour: "shortHour", day: "shortDay" };

function tick() {
  for (const time of document.querySelectorAll("time[data-since]")) {
    const [count, unit] = span(now() - Number(time.dataset.since));
    if (count === 0) continue;
    const long = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
    const brief = fill(words[short[unit]], { n: number(count) });
    const [read, seen] = [time.querySelector("[data-long]"), time.querySelector("[data-short]")];
    const spoken = fill(words.waiting, { time: long });
    if (read.textContent !== spoken) read.textContent = spoken;
    if (seen.textContent !== brief) seen.textContent = brief;
    if (time.dataset.step) step(time);
  }
}

const steps = (words.waitSteps ?? "").split(" ").map((one) => one.split(":"));

// The longer somebody waits, the more the row says so (inbox/waits.py has the limits and the words).
function step(time) {
  const waited = now() - Number(time.dataset.since);
  const name = steps.filter(([, since]) => waited >= Number(since)).at(-1)?.[0] ?? "fresh";
  if (time.dataset.step === name) return;
  time.dataset.step = name;
  const remark = { long: words.waitLong, late: words.waitLate }[name];
  const place = time.querySelector("[data-step-word]");
  if (place) place.textContent = remark ? ` (${remark})` : "";
}

export function startTimes() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `careline_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  setInterval(tick, 15000);
}

const SPEAK_MS = 4000;
const unsaid = new Map();
let spokeAt = -SPEAK_MS;
let speaking = 0;

// News for a screen reader: the first at once, then one summary every few seconds instead of each by itself.
export function say(one, many, names) {
  if (!names.length) return;
  unsaid.set(one, { many, names: [...(unsaid.get(one)?.names ?? []), ...names] });
  if (!speaking) speaking = setTimeout(speak, Math.max(0, SPEAK_MS - (performance.now() - spokeAt)));
}

function speak() {
  speaking = 0;
  spokeAt = performance.now();
  const sentences = [...unsaid].map(([one, { many, names }]) => {
    const people = new Set(names);
    return people.size === 1 ? fill(one, { name: names[0] }) : fill(many, { n: number(names.length) });
  });
  unsaid.clear();
  announce(sentences.join(". "));
}

export function announce(text) {
  const region = document.getElementById("announce");
  if (region && text) region.textContent = text;
}
