/**
 * Vietnamese from plain letters, the way of Telex: aa ee oo dd, w for the horn and the breve, s f r x j for the tone.
 * Pure: a text and a letter make the next text. A word that is no Vietnamese syllable stays as it is typed.
 */

const TONES = { s: "\u0301", f: "\u0300", r: "\u0309", x: "\u0303", j: "\u0323" };
const TONE = /[\u0300\u0301\u0303\u0309\u0323]/;
const MARKED = /[ăâêôơư]/i;
const HAT = { a: "â", e: "ê", o: "ô" };
const FAMILY = { a: /[aă]/i, e: /e/i, o: /[oơ]/i };
const SYLLABLE = new RegExp(
  "^(gi(?=[aăâeêoôơuư])|qu(?=[aăâeêiyoôơ])|ngh|ng|nh|gh|ch|kh|ph|th|tr|[bcdđghklmnpqrstvx])?" +
    "([aăâeêioôơuưy]{1,3})(ch|ng|nh|[cmnpt])?$",
  "i",
);

/**
 * @param {string} text what stands before the caret
 * @param {string} key one letter
 * @returns {string} what stands there afterwards
 */
export function typed(text, key) {
  if (!/\p{L}/u.test(key)) return text + key;
  const [word] = text.match(/\p{L}*$/u);
  return text.slice(0, text.length - word.length) + nextWord(word, key);
}

function nextWord(word, key) {
  const { plain, tone } = apart(word);
  const parts = SYLLABLE.exec(plain)?.slice(1).map((part) => part ?? "");
  const name = key.toLowerCase();
  if (name === "d" && /^[dđ]/i.test(plain)) return barred(word);
  if (!parts) return word + key;
  if (TONES[name]) return tone === TONES[name] ? plain + key : together(plain, TONES[name]);
  const changed = changedVowels(parts, name);
  if (changed === parts[1]) return bare(word) + key;
  if (changed) return together(parts[0] + changed + parts[2], tone);
  const longer = horned(parts) + key;
  return SYLLABLE.test(longer) ? together(longer, tone) : word + key;
}

/** dd is đ at the head of a word; a third one takes it back. */
function barred(word) {
  const bars = { d: "đ", D: "Đ" };
  return bars[word[0]] ? bars[word[0]] + word.slice(1) : word.replace(/^đ/, "d").replace(/^Đ/, "D") + "d";
}

/** @returns {string | undefined} other vowels, the same where the mark stands already, or none: it is a mere letter */
function changedVowels([, vowels, tail], name) {
  if (name === "w") return hooked(vowels, tail);
  const last = vowels.at(-1);
  if (!HAT[name]) return undefined;
  if (last.toLowerCase() === HAT[name]) return vowels;
  return FAMILY[name].test(last) ? vowels.slice(0, -1) + likeCase(HAT[name], last) : undefined;
}

function hooked(vowels, tail) {
  const swap = (from, to) => vowels.replace(from, (found) => likeCase(to, found));
  if (!tail && /u[oô]$/i.test(vowels)) return swap(/[oô]$/i, "ơ"); // thuở; more letters make it ươ
  if (/[uư][oôơ]/i.test(vowels)) return swap(/[uư][oôơ]/i, "ươ");
  if (/u/i.test(vowels)) return swap(/u/i, "ư");
  if (/o(?!a)|ô/i.test(vowels)) return swap(/[oô]/i, "ơ");
  if (/[aâ]/i.test(vowels)) return swap(/[aâ]/i, "ă");
  return MARKED.test(vowels) ? vowels : undefined;
}

/** uơ and ưo before another letter are ươ. */
function horned([head, vowels, tail]) {
  return head + vowels.replace(/uơ$|ưo$/i, (found) => likeCase("ươ", found)) + tail;
}

/** The tone's place: the marked vowel, else the last before a consonant, else the first of two, the middle of three. */
function together(word, tone) {
  const parts = SYLLABLE.exec(word);
  if (!tone || !parts) return word;
  const [, head = "", vowels, tail] = parts;
  const marked = vowels.split("").findLastIndex((vowel) => MARKED.test(vowel));
  const at = marked >= 0 ? marked : vowels.length - (tail || vowels.length === 1 ? 1 : 2);
  const place = head.length + at + 1;
  return (word.slice(0, place) + tone + word.slice(place)).normalize("NFC");
}

function apart(word) {
  const tone = word.normalize("NFD").match(TONE)?.[0] ?? "";
  const plain = [...word].map((letter) => letter.normalize("NFD").replace(TONE, "").normalize("NFC")).join("");
  return { plain, tone };
}

/** Without its vowels' marks: the same key once more takes them back. */
function bare(word) {
  return word.normalize("NFD").replace(/[\u0302\u0306\u031b]/g, "").normalize("NFC");
}

function likeCase(marks, letters) {
  const isUpper = letters[0] !== letters[0].toLowerCase();
  return isUpper ? marks[0].toUpperCase() + marks.slice(1) : marks;
}
