/**
 * Connecting a device: a one-time code is exchanged for the credential this device keeps. The code is typed, read
 * by a scanner that types, or comes behind `#` of the link somebody's QR code holds.
 */

import { KeyScanner } from "./scan.mjs";
import { openStore } from "./store.mjs";
import { ask, isRefusal } from "./wire.mjs";

const ADDRESS = "/api/v1/kiosks/redeem";
const LINKED = /^#([0-9a-z]{4}-?[0-9a-z]{4})$/i;

class Enrolment {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.problem = form.querySelector("[data-problem]");
    this.button = form.querySelector("button");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.connect();
    });
    new KeyScanner({ onRead: (text) => this.scanned(text) });
    window.addEventListener("hashchange", () => this.opened());
    this.opened();
  }

  /** Opening a link connects nothing by itself: the code stands in its field, to be confirmed by a touch. */
  opened() {
    const code = LINKED.exec(location.hash)?.[1];
    if (!code) return;
    history.replaceState(null, "", location.pathname + location.search); // neither in the bar nor in the history
    this.form.elements.code.value = code;
    this.button.focus();
  }

  scanned(text) {
    this.form.elements.code.value = text.slice(text.lastIndexOf("#") + 1);
    this.connect();
  }

  async connect() {
    this.problem.hidden = true;
    this.button.disabled = true;
    try {
      await this.redeem(await openStore());
    } catch {
      this.tell(this.problem.dataset.storage);
    } finally {
      this.button.disabled = false;
    }
  }

  async redeem(store) {
    const reply = await ask(ADDRESS, { method: "POST", body: JSON.stringify({ code: this.form.elements.code.value }) });
    if (isRefusal(reply)) return this.tell(sentences(reply.told.error.message, reply.told.error.remedy));
    if (!reply?.told.credential) return this.tell(this.problem.dataset.offline);
    const { kiosk_id, device_id, credential } = reply.told;
    await store.keepDevice({ kiosk_id, device_id, credential });
    return location.replace(this.form.dataset.next);
  }

  tell(words) {
    this.problem.textContent = words;
    this.problem.hidden = false;
  }
}

/** What the server says in parts, as a person writes it. */
function sentences(...parts) {
  return parts.filter(Boolean).map((part) => `${part[0].toUpperCase()}${part.slice(1)}.`).join(" ");
}

for (const form of document.querySelectorAll("form[data-module=enrol]")) new Enrolment(form);
