/**
 * Answers on their way to the server: written durably first, sent until the server says what became of them.
 * Its receipt for this very answer removes it; its refusal of the content sets it aside for the operator; anything
 * else, and whatever somebody else says in its place, is tried again.
 */

import { ask, isRefusal } from "./wire.mjs";

const ADDRESS = "/api/v1/responses";
const SET_ASIDE = new Set([400, 409, 413, 415, 422]);
const NOT_CONNECTED = new Set([401, 403]);
const DRAIN_EVERY_MS = 15_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
const LOCK = "sipas-outbox";
const SLOW_DOWN = new Set([429, 503]);
const UNHEARD = 2; // so many in a row without a verdict: the network or the server is away, not one answer's fault

export class Outbox {
  /**
   * @param {{ store: import("./store.mjs").Store, onRefused?: () => void, onChange?: () => void }} options
   *   `onRefused`: the device may be cut off, or what it shows withdrawn
   */
  constructor({ store, onRefused = () => {}, onChange = () => {} }) {
    Object.assign(this, { store, onRefused, onChange });
    this.draining = false;
    this.isAskedAgain = false;
  }

  start() {
    window.addEventListener("online", () => this.drain({ now: true }));
    setInterval(() => this.drain(), DRAIN_EVERY_MS);
    return this.drain({ now: true });
  }

  /** Resolves once the answer is durable on this device; sending goes on by itself. */
  async add(response) {
    const device = await this.store.device();
    const entry = { response_id: response.response_id, body: JSON.stringify(response), device_id: device?.device_id };
    await this.store.addEntry({ ...entry, state: "waiting", tries: 0, next_at: 0 }, response.answered_on);
    this.drain();
  }

  /** Send what is due; of several pages of this device one sends, the others leave it to that one. */
  async drain({ now = false } = {}) {
    this.isAskedAgain ||= now && this.draining; // the network came back while one was still failing
    if (this.draining) return;
    this.draining = true;
    try {
      if (!navigator.locks) await this.sendDue(now);
      else await navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => lock && this.sendDue(now));
    } catch {
      // the store failed under it: nothing was dropped, the next round tries again
    } finally {
      this.draining = false;
    }
    if (this.isAskedAgain) {
      this.isAskedAgain = false;
      await this.drain({ now: true });
    }
  }

  /** One after the other; one that fails never stops the others. */
  async sendDue(now) {
    let unheard = 0;
    for (const entry of await this.store.entries()) {
      if (entry.state !== "waiting" || (!now && !isDue(entry))) continue;
      unheard = (await this.deliver(entry)) ? 0 : unheard + 1;
      if (unheard >= UNHEARD) break;
    }
    this.onChange();
  }

  /** @returns {Promise<boolean>} whether the server had a word about this very answer */
  async deliver(entry) {
    const reply = await this.send(entry);
    const refused = isRefusal(reply) ? reply.status : undefined;
    if (SET_ASIDE.has(refused) || NOT_CONNECTED.has(refused)) this.onRefused();
    if (isReceipt(reply, entry)) await this.store.dropEntry(entry.response_id);
    else await this.store.changeEntry(entry.response_id, SET_ASIDE.has(refused) ? aside(refused) : later(entry, reply));
    return isReceipt(reply, entry) || (refused !== undefined && !SLOW_DOWN.has(refused));
  }

  async send(entry) {
    const device = await this.store.device();
    return ask(ADDRESS, { method: "POST", headers: device && numbered(device, entry), body: entry.body });
  }
}

/** A portal's page is no receipt, nor is one for another answer. */
function isReceipt(reply, entry) {
  return Boolean(reply?.isGood) && reply.told.response_id === entry.response_id;
}

function aside(status) {
  return { state: "aside", status };
}

function later({ tries }, reply) {
  return { tries: tries + 1, next_at: Date.now() + pauseMs(tries + 1, reply) };
}

// a phone has neither credential nor count
function numbered(device, entry) {
  const headers = { Authorization: `Bearer ${device.credential}` };
  if (entry.number) headers["X-Device-Sequence"] = String(entry.number);
  if (entry.device_id) headers["X-Device"] = entry.device_id;
  return headers;
}

// a clock set back must not make an answer wait for years
function isDue(entry) {
  return entry.next_at <= Date.now() || entry.next_at > Date.now() + LONGEST_PAUSE_MS * 2;
}

function pauseMs(tries, reply) {
  const grown = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
  return Math.max(reply?.retryMs ?? 0, grown * (0.5 + Math.random()));
}
