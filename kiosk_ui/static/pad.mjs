/** Letters on the glass, for kiosks without a keyboard. Keeps nothing: what is typed stands in its field alone. */

import { typed } from "./telex.mjs";

const SENTENCE_BEGINS = /(^|[.?!]\s+)$/;
const FIELDS = "input[type=search], input[type=text], textarea";
const ERASE = "erase";

export class Pad {
  /** @param {{ pad: HTMLElement, form: HTMLFormElement, language: string }} options */
  constructor({ pad, form, language }) {
    this.pad = pad;
    this.hasMarks = language !== "en";
    // when the finger is up again: what moves under it would be touched instead
    form.addEventListener("click", ({ target }) => target.matches(FIELDS) && this.open(target));
    pad.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays where it is
    // the device's own keyboard would cover the answers, and learn what people write
    for (const field of form.querySelectorAll(FIELDS)) field.inputMode = "none";
  }

  open(field) {
    this.field = field;
    this.pad.dataset.pad = field.closest("[data-kind=number]") ? "number" : field.type;
    this.pad.hidden = false;
  }

  close() {
    this.pad.hidden = true;
  }

  /** @param {string} key a letter, a digit, a sign or the word that erases */
  press(key) {
    const { value, selectionStart, selectionEnd, maxLength } = this.field;
    const isPicked = selectionStart !== selectionEnd;
    const before = value.slice(0, selectionStart);
    const next = key === ERASE ? before.slice(0, isPicked ? undefined : -1) : this.after(before, key);
    const whole = next + value.slice(selectionEnd);
    if (maxLength >= 0 && whole.length > maxLength) return;
    this.field.value = whole;
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(next.length, next.length);
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  after(before, key) {
    const sign = this.field.matches("textarea") && SENTENCE_BEGINS.test(before) ? key.toUpperCase() : key;
    return this.hasMarks ? typed(before, sign) : before + sign;
  }
}
