// How long X takes a text to be; the same as careline/domain/weighted_text.py, which says where the rules come from.

import { links } from "./links.js";
import { FLAGS, JOINED, JOINED_WITH_TONE, WITH_SELECTOR, WITH_TONE } from "./text-data.js";

const URL_WEIGHT = 23, EMOJI_WEIGHT = 2;
const TONE = "[\\u{1f3fb}-\\u{1f3ff}]";
const hasSelector = new RegExp(`[${WITH_SELECTOR}]`, "u"), hasTone = new RegExp(`[${WITH_TONE}]`, "u");

// An emoji inside a joined one, with the selector or the tone that it can take.
function part(letter, toned) {
  const looks = [...(hasSelector.test(letter) ? ["\\ufe0f"] : []), ...(toned && hasTone.test(letter) ? [TONE] : [])];
  return looks.length ? `${letter}(?:${looks.join("|")})?` : letter;
}

const joined = (known, toned) =>
  known.split(" ").map((one) => [...one].map((letter) => part(letter, toned)).join("\\u200d")).join("|");

const EMOJI = new RegExp(
  "\\u{1f3f4}\\u{e0067}\\u{e0062}(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|" +
  "\\u{e0077}\\u{e006c}\\u{e0073})\\u{e007f}" +
  `|${FLAGS}|[0-9#*]\\ufe0f?\\u20e3|${joined(JOINED_WITH_TONE, true)}|${joined(JOINED, false)}|[${WITH_TONE}]${TONE}|[${WITH_SELECTOR}]\\ufe0f|[\\xa9\\xae]`, "gu",
);
const HEAVY = /[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]/u;

function* letters(text, from, to) {
  for (let at = from; at < to; ) {
    const letter = String.fromCodePoint(text.codePointAt(at));
    yield [at, (at += letter.length), HEAVY.test(letter) ? 2 : 1];
  }
}

function* plain(text, from, to) {
  let at = from;
  for (const emoji of text.slice(from, to).matchAll(EMOJI)) {
    const start = from + emoji.index;
    yield* letters(text, at, start);
    yield [start, (at = start + emoji[0].length), EMOJI_WEIGHT];
  }
  yield* letters(text, at, to);
}

// [start, end, weight] of each link, emoji and letter.
function* pieces(text) {
  let at = 0;
  for (const [start, end] of links(text)) {
    yield* plain(text, at, start);
    yield [start, end, URL_WEIGHT];
    at = end;
  }
  yield* plain(text, at, text.length);
}

export function weight(text) {
  let sum = 0;
  for (const [, , one] of pieces(text.normalize("NFC").replace(/\r\n?/g, "\n"))) sum += one;
  return sum;
}

const LEADING = /\s*[@\uff20]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])/uy;

// How much of an answer stands before what counts: @names that X puts there by itself, typed once more.
export function leading(text, carried) {
  const names = carried.map((name) => name.toLowerCase());
  let at = 0;
  for (;;) {
    LEADING.lastIndex = at;
    const found = LEADING.exec(text);
    if (!found || !names.includes(found[1].toLowerCase())) break;
    at = LEADING.lastIndex;
  }
  return at ? at + text.slice(at).match(/^\s*/u)[0].length : 0;
}

// Where in the text too much begins, or -1 when it fits: an emoji or a link is never cut in two.
export function overflow(text, limit) {
  let sum = 0;
  for (const [start, , one] of pieces(text)) if ((sum += one) > limit) return start;
  return -1;
}
