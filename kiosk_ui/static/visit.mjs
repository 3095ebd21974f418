/** One person at the kiosk, from the first tap to "thank you". Nothing of it outlives its end but the outbox. */

import {
  answerOf,
  askedQuestions,
  keepNoOpinionAlone,
  readAnswers,
  restoreField,
  settle,
  tellStart,
} from "./form.mjs";
import { IdleWatch } from "./idle.mjs";
import { newResponseId } from "./identity.mjs";
import { Pad } from "./pad.mjs";
import { readReceipt } from "./receipt.mjs";
import { CameraScanner, canSee } from "./scan.mjs";
import { ServiceSearch } from "./services.mjs";
import { ReadAloud } from "./speech.mjs";

const SHOW_CHOICE_MS = 250;
const SHOW_FAILURE_MS = 8_000;
const TAP_MS = 1_000;

export class Visit {
  /**
   * @param {{ stage: HTMLElement, bundle: object, today: () => string,
   *   outbox: import("./outbox.mjs").Outbox, language: string, onEnd: (isKept: boolean) => void }} options
   *   `today`: asked when it is needed, for a clock may be set right meanwhile
   */
  constructor({ stage, bundle, today, outbox, language, onEnd }) {
    Object.assign(this, { stage, bundle, today, outbox, language, onEnd });
    this.responseId = newResponseId();
    this.at = 0;
    this.startedMs = 0;
    this.ending = false;
    this.isKept = true;
    this.moving = 0;
    this.tappedAt = -TAP_MS;
    this.idle = new IdleWatch({
      quietSeconds: bundle.idle_seconds,
      warningSeconds: bundle.warning_seconds,
      findDialog: () => this.part("still-there"),
      onLeft: () => this.left(),
    });
    this.events = new AbortController();
    this.receipt = undefined;
    this.told = "";
    this.voice = new ReadAloud({ onChange: () => this.form && this.pressButtons(), signal: this.events.signal });
    this.listen("pointerdown", () => this.touched());
    this.listen("pointerup", () => (this.tappedAt = performance.now()));
    this.listen("keydown", (event) => this.typed(event));
    this.listen("input", () => this.touched());
    this.listen("click", (event) => this.clicked(event.target));
    this.listen("change", (event) => this.changed(event.target));
    this.listen("submit", (event) => event.preventDefault());
    this.mount();
    settle(this.stage);
  }

  listen(name, act) {
    this.stage.addEventListener(name, act, { signal: this.events.signal });
  }

  get isUntouched() {
    return !this.idle.timer;
  }

  /** Fresh markup in the visit's language, with the answers given so far. */
  mount(fields = []) {
    this.stage.innerHTML = this.bundle.screens[this.language];
    document.documentElement.lang = this.language;
    this.form = this.stage.querySelector("form");
    for (const [name, value] of fields) restoreField(this.form, name, value);
    const services = this.stage.querySelector("[data-screen=service]");
    this.services = services && new ServiceSearch(services);
    this.pad = new Pad({ pad: this.part("pad"), form: this.form, language: this.language });
    this.stage.querySelector("dialog").addEventListener("cancel", () => this.stay());
    this.camera = new CameraScanner({
      dialog: this.part("camera"),
      onRead: (text) => this.useReceipt(text),
    });
    this.tellReceipt();
    this.pressButtons();
    this.render();
  }

  steps() {
    const asked = new Set(askedQuestions(this.form));
    const isSaid = Boolean(this.receipt?.unit); // such a receipt says the service too
    return [...this.form.querySelectorAll("[data-screen]")].filter(({ dataset, firstElementChild }) => {
      if (dataset.screen === "service") return !isSaid;
      return dataset.screen !== "item" || asked.has(firstElementChild);
    });
  }

  begun() {
    if (this.startedMs) return;
    this.startedMs = performance.now();
    tellStart({ unit: this.bundle.unit.code, mode: this.bundle.mode });
  }

  show(place) {
    clearTimeout(this.moving);
    this.silence();
    this.pad.close();
    this.begun();
    this.passOver();
    this.at = Math.min(Math.max(place, 0), this.steps().length - 1);
    this.pressButtons();
    this.render();
    settle(this.stage);
    this.steps()[this.at].querySelector("legend, h2").focus({ preventScroll: true });
  }

  render() {
    const steps = this.steps();
    for (const screen of this.stage.querySelectorAll("[data-screen]")) screen.hidden = screen !== steps[this.at];
    const first = this.at === 0;
    const last = this.at === steps.length - 1;
    const answered = isAnswered(steps[this.at]);
    this.part("back").hidden = first;
    this.part("send-now").hidden = first || last;
    this.part("skip").hidden = first || last || answered;
    this.part("next").hidden = last || !answered;
    this.part("send").hidden = !last;
    this.part("progress").textContent = this.startedMs ? `${this.at + 1}/${steps.length}` : "";
  }

  changed(input) {
    if (input.type !== "radio" && input.type !== "checkbox") return;
    keepNoOpinionAlone(input);
    this.begun();
    this.render();
  }

  typed(event) {
    this.touched();
    if (event.key.length === 1) this.pad.close(); // there is a keyboard
    if (event.key !== "Enter" || this.ending || this.idle.isWarning) return;
    if (event.target.matches("input[type=radio], input[type=checkbox]") && isAnswered(this.steps()[this.at])) {
      event.preventDefault();
      this.show(this.at + 1);
    }
  }

  moveOnFrom(screen) {
    clearTimeout(this.moving);
    this.moving = setTimeout(() => {
      if (!this.ending && this.steps()[this.at] === screen) this.show(this.at + 1);
    }, SHOW_CHOICE_MS);
  }

  clicked(target) {
    const button = target.closest("button");
    // a touch that closed the question on its way down would land on the answer below it
    if (this.idle.isWarning) this.stay();
    else if (this.ending) return;
    else if (button) this.act(button);
    // arrow keys choose on their way past an answer: only a tap moves on by itself, also one on the answer that
    // stands already; the keyboard goes on by Enter
    else if (target.matches("input[type=radio]") && this.isTapped) this.moveOnFrom(this.steps()[this.at]);
  }

  get isTapped() {
    return performance.now() - this.tappedAt < TAP_MS;
  }

  act(button) {
    const { back, next, skip, send, sendNow, start, language, textSize, contrastSwitch } = button.dataset;
    const { readAloud, scan, scanStop, key } = button.dataset;
    if (key !== undefined) return this.pad.press(key);
    if (back !== undefined) this.show(this.at - 1);
    else if (next !== undefined || skip !== undefined || start !== undefined) this.show(this.at + 1);
    else if (send !== undefined || sendNow !== undefined) this.finish();
    else if (language) this.speak(language);
    else if (textSize !== undefined) toggle("textSize", "large");
    else if (contrastSwitch !== undefined) toggle("contrast", "high");
    else if (readAloud !== undefined) this.readAloud();
    else if (scan !== undefined) this.camera.open();
    else if (scanStop !== undefined) this.camera.close();
    this.services?.fit(); // letters may be larger now
    return this.pressButtons();
  }

  speak(language) {
    const fields = [...new FormData(this.form)];
    this.voice.stop();
    this.language = language;
    this.mount(fields);
    this.stage.querySelector(`[data-language="${CSS.escape(language)}"]`).focus({ preventScroll: true });
  }

  readAloud() {
    if (this.voice.isSpeaking) this.silence();
    else this.voice.read(this.language, this.steps()[this.at]);
  }

  silence() {
    this.voice.stop();
    this.pressButtons();
  }

  /** What a scanner or the camera has read; an answer counts with or without it. */
  useReceipt(text) {
    if (this.ending) return;
    this.touched();
    const receipt = readReceipt(text);
    const isOurs = receipt && this.isOfHere(receipt);
    if (isOurs) this.receipt = receipt;
    this.told = isOurs ? "read" : receipt ? "elsewhere" : "unknown";
    this.at = Math.min(this.at, this.steps().length - 1);
    this.render();
    this.tellReceipt();
  }

  isOfHere({ round, unit, expiresOn }) {
    if (!unit) return true;
    return unit === this.bundle.unit.code && round === this.bundle.round && expiresOn >= this.today();
  }

  /** That a paper did not fit is said once; which service one that fits is about stays to be seen. */
  passOver() {
    if (this.told !== "read") this.told = "";
    this.tellReceipt();
  }

  tellReceipt() {
    for (const word of this.stage.querySelectorAll("[data-receipt]")) word.hidden = word.dataset.receipt !== this.told;
    const service = this.receipt?.service ?? "";
    const choice = this.form.querySelector(`input[name=service][value="${CSS.escape(service)}"]`);
    this.part("receipt-service").textContent = choice?.closest("label").textContent.trim() ?? "";
  }

  pressButtons() {
    this.part("read-aloud").hidden = !this.voice.canRead(this.language, this.steps()[this.at]);
    this.part("read-aloud").setAttribute("aria-pressed", String(this.voice.isSpeaking));
    this.part("scan").hidden = !canSee();
    const look = document.documentElement.dataset;
    this.part("text-size").setAttribute("aria-pressed", String(look.textSize === "large"));
    this.part("contrast-switch").setAttribute("aria-pressed", String(look.contrast === "high"));
  }

  touched() {
    if (!this.ending && !this.idle.isWarning) this.stay();
  }

  stay() {
    this.idle.touched();
  }

  /** Nobody is here any more: what was answered is kept, then the screen is wiped. */
  async left() {
    this.ending = true;
    clearTimeout(this.moving);
    this.voice.stop();
    this.camera.close();
    if (Object.keys(readAnswers(this.form)).length) await this.keep().catch(() => (this.isKept = false));
    this.end();
  }

  async finish() {
    this.ending = true;
    this.silence();
    this.idle.stop();
    clearTimeout(this.moving);
    try {
      await this.keep();
      this.close("thanks", this.bundle.thanks_seconds * 1000);
    } catch {
      this.isKept = false;
      this.close("failed", SHOW_FAILURE_MS);
    }
  }

  keep() {
    return this.outbox.add({
      response_id: this.responseId,
      round: this.bundle.round,
      form_version: this.bundle.form_version,
      unit: this.bundle.unit.code,
      mode: this.bundle.mode,
      ...this.service(),
      answered_on: this.today(),
      duration_seconds: Math.round((performance.now() - this.startedMs) / 1000),
      language: this.language,
      answers: readAnswers(this.form),
    });
  }

  service() {
    const picked = this.form.querySelector("input[name=service]:checked")?.value;
    const service = this.receipt?.unit ? this.receipt.service : picked;
    return { ...(service && { service }), ...(this.receipt && { token: this.receipt.token }) };
  }

  close(name, forMs) {
    this.told = "";
    this.tellReceipt();
    this.form.remove();
    this.pad.close();
    this.stage.querySelector(".kiosk-nav").hidden = true;
    const screen = this.stage.querySelector(`[data-screen=${name}]`);
    screen.hidden = false;
    screen.querySelector("h2").focus({ preventScroll: true });
    setTimeout(() => this.end(), forMs);
  }

  end() {
    this.idle.stop();
    this.events.abort();
    this.stage.replaceChildren();
    delete document.documentElement.dataset.textSize;
    delete document.documentElement.dataset.contrast;
    this.onEnd(this.isKept);
  }

  part(name) {
    return this.stage.querySelector(`[data-${name}]`);
  }
}

function isAnswered(screen) {
  if (screen.dataset.screen === "service") return screen.querySelector(":checked") !== null;
  const question = screen.querySelector("fieldset[data-item]");
  return question !== null && answerOf(question) !== undefined;
}

function toggle(name, value) {
  const look = document.documentElement.dataset;
  if (look[name] === value) delete look[name];
  else look[name] = value;
}
