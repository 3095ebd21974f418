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

export class Outbox {
  /**
   * @param {{ store: import("./store.mjs").Store, credential: string, onNotConnected?: () => void }} options
   */
  constructor({ store, credential, onNotConnected = () => {} }) {
    this.store = store;
    this.credential = credential;
    this.onNotConnected = onNotConnected;
    this.draining = false;
  }

  start() {
    window.addEventListener("online", () => this.drain({ now: true }));
    setInterval(() => this.drain(), DRAIN_EVERY_MS);
    return this.drain({ now: true });
  }

  /** Resolves once the answer is durable on this device; sending goes on by itself. */
  async add(response) {
    const body = JSON.stringify(response);
    await this.store.keepEntry({ response_id: response.response_id, body, state: "waiting", tries: 0, next_at: 0 });
    this.drain();
  }

  /** Send what is due, one after the other; one that fails never stops the others. */
  async drain({ now = false } = {}) {
    if (this.draining) return;
    this.draining = true;
    try {
      for (const entry of await this.store.entries()) {
        if (entry.state === "waiting" && (now || entry.next_at <= Date.now())) await this.deliver(entry);
      }
    } finally {
      this.draining = false;
    }
  }

  async deliver(entry) {
    const reply = await this.send(entry.body);
    if (reply?.ok) return this.store.dropEntry(entry.response_id);
    if (SET_ASIDE.has(reply?.status)) return this.store.keepEntry({ ...entry, state: "aside", status: reply.status });
    if (NOT_CONNECTED.has(reply?.status)) this.onNotConnected();
    const tries = entry.tries + 1;
    return this.store.keepEntry({ ...entry, tries, next_at: Date.now() + pauseMs(tries, reply) });
  }

  async send(body) {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${this.credential}` };
    try {
      const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
      const reply = await fetch(ADDRESS, { method: "POST", headers, body, signal, cache: "no-store" });
      await reply.arrayBuffer(); // a body left unread would be aborted when the time is up
      return reply;
    } catch {
      return undefined; // no network, or no reply in time
    }
  }
}

function pauseMs(tries, reply) {
  const asked = Number(reply?.headers.get("Retry-After")) * 1000 || 0;
  const grown = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
  return Math.max(asked, grown * (0.5 + Math.random()));
}
