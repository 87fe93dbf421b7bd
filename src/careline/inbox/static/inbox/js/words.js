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
  }
}

export function startTimes() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `careline_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  setInterval(tick, 15000);
}

export function announce(text) {
  const region = document.getElementById("announce");
  if (region && text) region.textContent = text;
}
