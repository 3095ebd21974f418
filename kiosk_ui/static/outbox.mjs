/**
 * Answers on their way to the server: written durably first, sent until the server says what became of them.
 * 2xx removes an answer; a refusal of its content sets it aside for the operator; anything else is tried again.
 */

const ADDRESS = "/api/v1/responses";
const SET_ASIDE = new Set([400, 409, 413, 415, 422]);
const NOT_CONNECTED = new Set([401, 403]);
const SEND_TIMEOUT_MS = 10_000;
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
    const status = reply?.status;
    if (SET_ASIDE.has(status) || NOT_CONNECTED.has(status)) this.onRefused();
    if (reply?.ok) await this.store.dropEntry(entry.response_id);
    else if (SET_ASIDE.has(status)) await this.store.changeEntry(entry.response_id, { state: "aside", status });
    else {
      const tries = entry.tries + 1;
      await this.store.changeEntry(entry.response_id, { tries, next_at: Date.now() + pauseMs(tries, reply) });
    }
    return reply !== undefined && !SLOW_DOWN.has(status);
  }

  async send(entry) {
    const device = await this.store.device();
    const headers = { "Content-Type": "application/json", ...(device && numbered(device, entry)) };
    try {
      const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
      const reply = await fetch(ADDRESS, { method: "POST", headers, body: entry.body, signal, cache: "no-store" });
      await reply.arrayBuffer(); // a body left unread would be aborted when the time is up
      return reply;
    } catch {
      return undefined; // no network, or no reply in time
    }
  }
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
  const asked = Number(reply?.headers.get("Retry-After")) * 1000 || 0;
  const grown = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
  return Math.max(asked, grown * (0.5 + Math.random()));
}
