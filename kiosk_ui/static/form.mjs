/** A form's questions in the page: which are asked now, and what was answered. Shared by phone and kiosk. */

const NO_OPINION = "no_opinion";
const WHOLE_NUMBER = /^\d{1,9}$/;
const SETTLE_MS = 450; // the second tap of a double tap comes sooner
const settling = new WeakMap();

/** @typedef {number | string | string[]} Answer */

/**
 * The questions asked, given the answers so far, in order.
 * @param {HTMLFormElement} form
 * @returns {HTMLFieldSetElement[]}
 */
export function askedQuestions(form) {
  const counted = {};
  const asked = [];
  for (const question of questionsOf(form)) {
    if (!isAsked(question, counted)) continue;
    asked.push(question);
    const answer = answerOf(question);
    if (answer !== undefined) counted[question.dataset.item] = answer;
  }
  return asked;
}

/**
 * The answers to the questions that are asked; a skipped one is absent.
 * @param {HTMLFormElement} form
 * @returns {Record<string, Answer>}
 */
export function readAnswers(form) {
  const answered = askedQuestions(form).map((question) => [question.dataset.item, answerOf(question)]);
  return Object.fromEntries(answered.filter(([, answer]) => answer !== undefined));
}

/**
 * The answer to one question, or undefined where it is blank.
 * @param {HTMLFieldSetElement} question
 * @returns {Answer | undefined}
 */
export function answerOf(question) {
  const picked = [...question.querySelectorAll("input:checked")].map((input) => input.value);
  if (picked.includes(NO_OPINION)) return NO_OPINION;
  if (question.dataset.kind === "multiple") return picked.length ? picked : undefined;
  if (picked.length) return asNumber(picked[0]);
  const text = question.querySelector("textarea, input[type=text]")?.value.trim();
  if (!text) return undefined;
  return question.dataset.kind === "number" ? asNumber(text) : text;
}

/** "No opinion" and the choices of a multiple question exclude each other. */
export function keepNoOpinionAlone(changed) {
  if (changed.type !== "checkbox" || !changed.checked) return;
  for (const other of changed.form.querySelectorAll(`input[name="${CSS.escape(changed.name)}"]`)) {
    if (other !== changed && (other.value === NO_OPINION || changed.value === NO_OPINION)) other.checked = false;
  }
}

/** One field of a form with an earlier value: a box is ticked where the value is its own. */
export function restoreField(form, name, value) {
  for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (field.matches("input[type=radio], input[type=checkbox]")) field.checked ||= field.value === value;
    else field.value = value;
  }
}

/** A screen that has just come takes no touch for a moment; the keyboard it takes at once. */
export function settle(element) {
  clearTimeout(settling.get(element));
  element.dataset.settling = "";
  settling.set(element, setTimeout(() => delete element.dataset.settling, SETTLE_MS));
}

/** Tells the server that somebody began, with no token and no id: counted by unit, mode and counter. */
export function tellStart({ unit, mode, counter = "" }) {
  const start = new Blob([JSON.stringify({ unit, mode, counter })], { type: "application/json" });
  navigator.sendBeacon("/api/v1/started", start);
}

function questionsOf(form) {
  return form.querySelectorAll("fieldset[data-item]");
}

function asNumber(text) {
  return WHOLE_NUMBER.test(text) ? Number(text) : text;
}

function isAsked(question, answers) {
  if (!question.dataset.showIf) return true;
  const { join, conditions } = JSON.parse(question.dataset.showIf);
  return join === "any"
    ? conditions.some((condition) => holds(condition, answers))
    : conditions.every((condition) => holds(condition, answers));
}

function holds({ item, op, value }, answers) {
  const answer = answers[item];
  if (answer === undefined || answer === NO_OPINION) return false;
  return COMPARE[op](answer, value);
}

const equal = (answer, value) => (Array.isArray(answer) ? answer.includes(value) : answer === value);

const COMPARE = {
  "==": equal,
  in: (answer, values) => values.some((value) => equal(answer, value)),
  ">=": (answer, value) => typeof answer === "number" && answer >= value,
  "<=": (answer, value) => typeof answer === "number" && answer <= value,
  answered: () => true,
};
