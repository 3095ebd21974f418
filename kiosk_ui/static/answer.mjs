/** The page of a receipt or poster, a question at a time. Sending stays the form's own. */

import { answerOf, askedQuestions, keepNoOpinionAlone, settle, tellStart } from "./form.mjs";

const SHOW_CHOICE_MS = 250;
const TAP_MS = 1000;

class AnswerSteps {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.bar = form.querySelector(".bar");
    this.at = 0;
    this.tappedAt = -TAP_MS;
    this.bar.dataset.stepping = "";
    form.addEventListener("pointerdown", () => (this.tappedAt = performance.now()));
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("keydown", (event) => this.typed(event));
    for (const touch of ["pointerdown", "keydown"]) form.addEventListener(touch, () => this.countStart());
    form.addEventListener("submit", (event) => this.sent(event));
    this.button("back").addEventListener("click", () => this.show(this.at - 1));
    this.button("next").addEventListener("click", () => this.show(this.at + 1));
    window.addEventListener("pageshow", () => this.sending(false));
    this.start();
    if (hasKept()) this.keep();
  }

  /** From now on answers outlive a closed page and a lost network; without it, the form still sends itself. */
  async keep() {
    try {
      const { Keeping } = await import("./resume.mjs");
      const keeping = new Keeping(this);
      await keeping.start();
      this.keeping = keeping;
    } catch {
      // a browser that keeps nothing
    }
  }

  start() {
    const problem = this.form.querySelector(".question .problem")?.closest("fieldset");
    this.at = Math.max(0, problem ? askedQuestions(this.form).indexOf(problem) : 0);
    this.render();
    document.querySelector("[data-problems]")?.focus();
  }

  /** Tells the server once that somebody began, with no token and no id. */
  countStart() {
    if (this.counted) return;
    this.counted = true;
    tellStart(this.form.dataset);
    if (!hasKept()) this.keep();
  }

  show(place) {
    this.at = Math.min(Math.max(place, 0), askedQuestions(this.form).length - 1);
    this.render();
    settle(this.form);
    window.scrollTo({ top: 0 });
    askedQuestions(this.form)[this.at].querySelector("legend").focus({ preventScroll: true });
  }

  render() {
    const asked = askedQuestions(this.form);
    const last = this.at === asked.length - 1;
    for (const question of this.form.querySelectorAll("fieldset[data-item]")) {
      question.hidden = question !== asked[this.at];
      question.removeAttribute("data-gate");
    }
    this.form.querySelector(".private").hidden = this.at > 0;
    this.button("back").hidden = this.at === 0;
    this.button("next").hidden = last;
    this.button("send").hidden = !last;
    this.button("send-now").hidden = last || this.at === 0;
    const progress = this.form.querySelector("[data-progress]");
    progress.hidden = false;
    progress.textContent = `${this.at + 1}/${asked.length}`;
  }

  changed(input) {
    keepNoOpinionAlone(input);
    this.render();
    const tapped = performance.now() - this.tappedAt < TAP_MS;
    if (input.type === "radio" && tapped) this.moveOnFrom(input.closest("fieldset"));
  }

  moveOnFrom(question) {
    setTimeout(() => {
      const asked = askedQuestions(this.form);
      if (asked[this.at] === question && this.at < asked.length - 1) this.show(this.at + 1);
    }, SHOW_CHOICE_MS);
  }

  typed(event) {
    if (event.key !== "Enter" || event.target.matches("textarea, button")) return;
    event.preventDefault();
    if (answerOf(event.target.closest("fieldset")) !== undefined) this.show(this.at + 1);
  }

  sent(event) {
    if (this.form.dataset.sending) return event.preventDefault();
    this.sending(true);
    if (!this.keeping) return undefined;
    event.preventDefault();
    return this.keeping.send();
  }

  sending(isSending) {
    this.form.toggleAttribute("aria-busy", isSending);
    if (isSending) this.form.dataset.sending = "yes";
    else delete this.form.dataset.sending;
  }

  button(name) {
    return this.form.querySelector(`[data-${name}]`);
  }
}

function hasKept() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith("sipas-"));
  } catch {
    return false; // storage is turned off
  }
}

for (const form of document.querySelectorAll("form[data-module=answer]")) new AnswerSteps(form);
