/**
 * What a phone keeps of somebody's answers, and for how long. Loaded with the first touch, never before.
 * A draft behind a receipt's code, under a digest of the code, until it is sent, twelve hours have passed or the
 * code has expired; an answer that could not be sent, until the server has it or says why not. Nothing else.
 */

import { askedQuestions, readAnswers, restoreField } from "./form.mjs";
import { Outbox } from "./outbox.mjs";
import { readReceipt } from "./receipt.mjs";
import { openStore } from "./store.mjs";

const DRAFT = "sipas-draft-";
const WAITING = "sipas-waiting";
const STORE = "sipas-phone";
const ANSWER_PREFIX = "a.";
const DRAFT_MS = 12 * 3_600_000;
const DAY_MS = 86_400_000;
const SEND_TIMEOUT_MS = 15_000;
const TAKEN = 409;
const THANKS = "/thanks"; // the server leads there once the answers are stored, and nobody else does
const OUR_PAGES = '<meta name="application-name" content="SIPAS">'; // citizen.html
const LOCK = "sipas-phone";

export class Keeping {
  /** @param {{ form: HTMLFormElement, show: (place: number) => void }} page the steps of the page */
  constructor(page) {
    this.page = page;
    this.form = page.form;
    this.openedAt = Date.now();
    this.isWaiting = false;
    const sendNow = () => this.outbox?.drain({ now: true });
    document.addEventListener("visibilitychange", sendNow);
    this.part("try-now").addEventListener("click", sendNow);
    this.part("delete").addEventListener("click", () => this.erase("deleted"));
    this.receipt = this.form.dataset.mode === "receipt" ? readReceipt(location.pathname) : undefined;
  }

  async start() {
    dropOldDrafts();
    await this.sendWaiting();
    this.key = await draftKey(this.receipt?.token);
    if (!this.key || this.isWaiting) return;
    this.resume();
    for (const change of ["input", "change"]) this.form.addEventListener(change, () => this.keepDraft());
    this.keepDraft();
  }

  keepDraft() {
    const fields = [...new FormData(this.form)].filter(([name, value]) => name.startsWith(ANSWER_PREFIX) && value);
    if (!fields.length) return localStorage.removeItem(this.key);
    const expiry = Date.parse(`${this.receipt.expiresOn}T23:59:59`) || Infinity;
    const until = Math.min(Date.now() + DRAFT_MS, expiry);
    return localStorage.setItem(this.key, JSON.stringify({ until, fields }));
  }

  /** Go on where somebody stopped; a page the server has sent back holds its answers already. */
  resume() {
    const kept = JSON.parse(localStorage.getItem(this.key) ?? "null");
    if (!kept || this.form.querySelector(".problem, input:checked")) return;
    for (const [name, value] of kept.fields) restoreField(this.form, name, value);
    const answers = readAnswers(this.form);
    const open = askedQuestions(this.form).findIndex(({ dataset }) => answers[dataset.item] === undefined);
    this.page.show(open < 0 ? Infinity : open);
    this.part("resumed").hidden = false;
    this.part("begin-anew").addEventListener("click", () => this.beginAnew());
  }

  beginAnew() {
    this.part("resumed").hidden = true;
    this.form.reset();
    localStorage.removeItem(this.key);
    this.page.show(0);
  }

  /** Send the page; without a network, or with somebody else's word in it, keep the answers, and say so. */
  async send() {
    const path = navigator.onLine ? await this.post() : "";
    if (path === THANKS) this.thank();
    else if (path) this.form.submit(); // the server shows what is wrong: the same answers, the same id
    else await this.keep();
  }

  /** @returns {Promise<string>} where the server led after taking or refusing the page; empty where it had no word */
  async post() {
    const body = new URLSearchParams(new FormData(this.form));
    const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
    try {
      const reply = await fetch(location.href, { method: "POST", body, signal });
      const isOurs = (await reply.text()).includes(OUR_PAGES);
      return isOurs ? new URL(reply.url).pathname : "";
    } catch {
      return ""; // no network, or led away to another site
    }
  }

  async keep() {
    const response = this.response();
    if (!Object.keys(response.answers).length) return this.page.show(0);
    try {
      await alone(() => this.keepWaiting(response));
    } catch {
      this.part("not-kept").hidden = false;
      this.part("not-kept").scrollIntoView({ block: "center" });
      return this.page.sending(false);
    }
    if (this.key) localStorage.removeItem(this.key);
    this.form.reset();
    return this.end("pending");
  }

  async keepWaiting(response) {
    await this.openOutbox();
    await this.outbox.add(response);
    this.isWaiting = true;
    localStorage.setItem(WAITING, "yes");
    this.outbox.start();
  }

  response() {
    const { round, unit, mode, service, submission, stage } = this.form.dataset;
    const { form_version, response_id, stamp, language, opened_on } = Object.fromEntries(new FormData(this.form));
    const daysOpen = Math.max(0, Math.floor((Date.now() - this.openedAt) / DAY_MS));
    const answered_on = new Date(Date.parse(opened_on) + daysOpen * DAY_MS).toISOString().slice(0, 10);
    const said = { response_id, round, form_version, unit, service, mode, submission, stage, stamp, language };
    const token = this.receipt?.token;
    const given = Object.entries({ ...said, token, answered_on }).filter(([, value]) => value);
    return { ...Object.fromEntries(given), answers: readAnswers(this.form) };
  }

  async openOutbox() {
    this.store = await openStore(STORE);
    this.outbox = new Outbox({ store: this.store, onChange: () => alone(() => this.settle()) });
  }

  /** Answers of an earlier visit that found no network. */
  async sendWaiting() {
    if (!localStorage.getItem(WAITING)) return;
    await this.openOutbox();
    const entries = await this.store.entries();
    this.isWaiting = entries.some(({ body }) => this.receipt && JSON.parse(body).token === this.receipt.token);
    if (this.isWaiting) this.end("pending");
    await this.outbox.start();
  }

  /** After every attempt: what the server has is forgotten here, what it refuses is told. */
  async settle() {
    if (this.store.isClosed) return; // another attempt, or another page, has settled it
    const entries = await this.store.entries();
    if (entries.some(({ state }) => state === "waiting")) return;
    const isRefused = entries.some(({ status }) => status && status !== TAKEN);
    this.erase(isRefused ? "refused" : "");
  }

  erase(word) {
    localStorage.removeItem(WAITING);
    this.store.erase();
    if (word) this.end(word);
    else if (this.isWaiting) this.thank();
  }

  thank() {
    if (this.key) localStorage.removeItem(this.key);
    location.replace(`${THANKS}?lang=${document.documentElement.lang}`);
  }

  end(name) {
    this.form.hidden = true;
    for (const ending of document.querySelectorAll("[data-ending]")) ending.hidden = ending.dataset.ending !== name;
    document.querySelector(`[data-ending=${name}] h2`).focus();
  }

  part(name) {
    return document.querySelector(`[data-${name}]`);
  }
}

/** One after the other, over all pages of this phone: nothing is kept while what was settled is erased. */
function alone(act) {
  return navigator.locks ? navigator.locks.request(LOCK, act) : act();
}

/** Only where the browser can make a digest (https): no code ever stands in a phone's storage in plain. */
async function draftKey(token) {
  if (!token || !crypto.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return DRAFT + [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function dropOldDrafts() {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(DRAFT) && !(JSON.parse(localStorage.getItem(key)).until > Date.now())) {
      localStorage.removeItem(key);
    }
  }
}
