// Where a text has links, as X finds them. The same rules in the same order as careline/domain/links.py, which says
// where they come from; a test lets both read the same texts. Places are UTF-16 indices.

import { ENDINGS } from "./text-data.js";

const LONGEST_URL = 4096, LONGEST_LABEL = 63, LONGEST_SLUG = 40;

const SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const DIRECTION = "\\u202a-\\u202e\\u061c\\u200e\\u200f\\u2066-\\u2069";
const BROKEN = "\\ufffe\\ufeff\\uffff";
const LATIN = "\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263\\u0268\\u026f\\u0272\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff";
const WORD = `a-z0-9${LATIN}\\u0400-\\u04ff`;
const PATH_RUN = `[${WORD}!*';:=+,.$\\/%#\\[\\]\\-\\u2013_~@|&]+`;

const SCHEME = /https?:\/\//giu;
const HOSTS = new RegExp(`[^!'#%&()*+,\\\\/:;<=>?@\\[\\]^{|}~$${SPACE}${DIRECTION}${BROKEN}]+`, "gu");
const JOINS = new RegExp(`[A-Za-z0-9@\\uff20$#\\uff03${BROKEN}]`, "u");
const ENDS_BARE = /[-_./]/u;
const BEHIND_ENDING = /[0-9A-Za-z@+-]/u;
const PORT = /:[0-9]+/uy;
const PATH = new RegExp(PATH_RUN, "iuy");
const BRACKETS = new RegExp(`\\((?:${PATH_RUN}|(?:${PATH_RUN})?\\(${PATH_RUN}\\)(?:${PATH_RUN})?)\\)`, "iuy");
const PATH_TAIL = /[!*';:,.$%[\]\u2013~@|&]+$/u;
const QUERY = /\?[a-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]+/iuy;
const QUERY_TAIL = /[!?*'@();:+$%[\].,~|]+$/u;
const SHORT = /https?:\/\/t\.co\/([a-z0-9]+)/iuy;
const PLAIN_HOST = new RegExp(`(?:[a-z0-9${LATIN}-]+\\.)+`, "giu");

const PUNYCODE = /xn--[-0-9a-z]+/iuy;
const ASCII_LABEL = /[0-9a-z]+/iuy;
const KNOWN = new Set(ENDINGS.split(" "));
const FOREIGN = new RegExp(
  [...KNOWN].filter((one) => /[^ -~]/.test(one)).sort((a, b) => b.length - a.length).join("|"), "uy",
);

// A sticky search: what stands exactly at this place, or null.
function stands(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const isLabel = (label) => label !== "" && !"-_".includes(label[0]) && !"-_".includes(label.at(-1));

function ending(text, at) {
  const plain = stands(ASCII_LABEL, text, at);
  const found = plain && KNOWN.has(plain[0].toLowerCase()) ? plain : stands(FOREIGN, text, at);
  if (found && !BEHIND_ENDING.test(text[at + found[0].length] ?? " ")) return at + found[0].length;
  const punycode = stands(PUNYCODE, text, at);
  return punycode ? at + punycode[0].length : 0;
}

function cut(text, start, stretch) {
  let at = start;
  const labels = stretch.split(".").map((label) => [at, (at += label.length + 1) - 1]);
  const ends = labels.map(([from], t) => (t ? ending(text, from) : 0));
  const reach = new Array(labels.length).fill(0);
  let best = 0;
  for (let j = labels.length - 2; j >= 0; j--) {
    const after = text.slice(...labels[j + 1]);
    if (!isLabel(after)) best = 0;
    else if (best === 0 && ends[j + 2] && !after.includes("_")) best = j + 2;
    reach[j] = best || (ends[j + 1] ? j + 1 : 0);
  }
  return { labels, ends, reach };
}

const before = (text, at) => {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit < 0xe000 ? text.slice(at - 2, at) : text[at - 1];
};
const isFree = (text, at, floor) => at === 0 || ((at > floor || floor === 0) && !JOINS.test(before(text, at)));

function startIn(text, hosts, j, floor, schemes) {
  let [first, end] = hosts.labels[j];
  if (!hosts.reach[j] || end <= first || "-_".includes(text[end - 1])) return -1;
  if (hosts.reach[j] === j + 1) first = Math.max(first, text.slice(first, end).lastIndexOf("_") + 1 + first);
  const fits = (at) =>
    at < end && !"-_".includes(text[at]) && (isFree(text, at, floor) || (schemes.get(at) ?? -1) >= floor);
  // At the very beginning X's own rule looks for a link behind the first letter before it looks for one at it.
  const second = String.fromCodePoint(text.codePointAt(0) ?? 0).length;
  if (first === 0 && floor === 0 && fits(second)) return second;
  for (let at = Math.max(first, floor); at < end; at += text.codePointAt(at) > 0xffff ? 2 : 1) if (fits(at)) return at;
  return -1;
}

function pathEnd(text, at) {
  for (let here = at, end = at; ; ) {
    const run = stands(PATH, text, here);
    if (run) {
      const kept = run[0].replace(PATH_TAIL, "").length;
      if (kept) end = here + kept;
      here += run[0].length;
    }
    const brackets = stands(BRACKETS, text, here);
    if (!brackets) return end;
    // A bracket that closes makes an end only where one could have been before it.
    const after = here + brackets[0].length;
    if (end === here) end = after;
    here = after;
  }
}

function tail(text, at) {
  if (text[at] === "/") at = pathEnd(text, at);
  const query = stands(QUERY, text, at);
  return at + (query ? query[0].replace(QUERY_TAIL, "").length : 0);
}

// How long a label becomes in Punycode (RFC 3492), without its "xn--".
function punycodeLength(label) {
  const points = [...label].map((letter) => letter.codePointAt(0));
  let handled = points.filter((point) => point < 128).length;
  let length = handled ? handled + 1 : 0, n = 128, delta = 0, bias = 72, first = true;
  while (handled < points.length) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta++;
      if (point !== n) continue;
      let q = delta;
      for (let k = 36; ; k += 36) {
        const t = Math.min(Math.max(k - bias, 1), 26);
        length++;
        if (q < t) break;
        q = Math.floor((q - t) / (36 - t));
      }
      delta = Math.floor(delta / (first ? 700 : 2));
      delta += Math.floor(delta / (handled + 1));
      let k = 0;
      for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
      bias = k + Math.floor((36 * delta) / (delta + 38));
      [first, delta, handled] = [false, 0, handled + 1];
    }
    delta++;
    n++;
  }
  return length;
}

function isSound(host, length) {
  const lengths = host.split(".").map((label) => {
    if (!/[^\x00-\x7f]/.test(label)) return label.length;
    return [...label].length > LONGEST_LABEL ? Infinity : 4 + punycodeLength(label);
  });
  return Math.max(...lengths) <= LONGEST_LABEL && length <= LONGEST_URL;
}

function withScheme(text, start, end) {
  const short = stands(SHORT, text, start);
  if (!short) return [[start, end]];
  if (short[1].length > LONGEST_SLUG) return [];
  const at = start + short[0].length;
  return [[start, text[at] === "?" ? tail(text, at) : at]];
}

function bare(text, start, hostEnd, withPath) {
  const host = text.slice(0, hostEnd), found = [];
  PLAIN_HOST.lastIndex = start;
  for (let name; (name = PLAIN_HOST.exec(host)); ) {
    const after = name.index + name[0].length;
    let end = 0;
    for (let dot = after - 1; dot > name.index && !end; dot = host.lastIndexOf(".", dot - 1)) end = ending(host, dot + 1);
    if (end) found.push([name.index, end]);
    PLAIN_HOST.lastIndex = end || after;
  }
  if (found.length && withPath) found.at(-1)[1] = withPath;
  return found;
}

// [start, end] of every link in a text that is in normal form C.
export function links(text) {
  const found = [];
  if (!text.includes(".")) return found;
  const schemes = new Map([...text.matchAll(SCHEME)].map((one) => [one.index + one[0].length, one.index]));
  let floor = 0;
  for (const stretch of text.matchAll(HOSTS)) {
    const stop = stretch.index + stretch[0].length;
    if (!stretch[0].includes(".") || stop <= floor) continue;
    const hosts = cut(text, stretch.index, stretch[0]);
    for (let j = 0; j < hosts.labels.length && floor < stop; j++) {
      const at = startIn(text, hosts, j, floor, schemes);
      if (at < 0) continue;
      const hostEnd = hosts.ends[hosts.reach[j]];
      const port = stands(PORT, text, hostEnd);
      const pathAt = hostEnd + (port ? port[0].length : 0);
      const end = tail(text, pathAt);
      const scheme = schemes.get(at);
      const hasScheme = scheme !== undefined && scheme >= floor && isFree(text, scheme, floor);
      const start = hasScheme ? scheme : at;
      if (isSound(text.slice(at, hostEnd), [...text.slice(start, end)].length)) {
        if (hasScheme) found.push(...withScheme(text, start, end));
        else if (!(at && ENDS_BARE.test(text[at - 1]))) found.push(...bare(text, at, hostEnd, text[pathAt] === "/" ? end : 0));
      }
      floor = end;
    }
  }
  return found;
}
