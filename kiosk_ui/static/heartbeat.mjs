/** The device tells the office how it is: every few minutes, and soon after answers have been sent. */

import { rangesOf } from "./numbers.mjs";
import { ask } from "./wire.mjs";

const ADDRESS = "/api/v1/kiosks/heartbeat";
const EVERY_MS = 120_000;
const SOON_MS = 5_000;

export class Heartbeat {
  /**
   * @param {{ store: import("./store.mjs").Store, pages: import("./pages.mjs").Pages, version: string,
   *   isFull: () => boolean, onOtherVersion: () => void }} options
   */
  constructor({ store, pages, version, isFull, onOtherVersion }) {
    Object.assign(this, { store, pages, version, isFull, onOtherVersion });
    this.timer = 0;
    this.dueAt = Infinity;
  }

  start() {
    window.addEventListener("online", () => this.soon());
    return this.beat();
  }

  /** Words close together are one; asking again does not put it off. */
  soon() {
    if (performance.now() + SOON_MS < this.dueAt) this.wait(SOON_MS);
  }

  wait(milliseconds) {
    const spread = milliseconds * (0.8 + 0.4 * Math.random());
    clearTimeout(this.timer);
    this.dueAt = performance.now() + spread;
    this.timer = setTimeout(() => this.beat(), spread);
  }

  async beat() {
    this.wait(EVERY_MS);
    const device = await this.store.device();
    if (!device) return;
    const reply = await this.send(device, await this.body(device));
    if (!reply) return;
    if (reply.credential) await this.renew(device.device_id, reply.credential);
    if (reply.version !== this.version) this.onOtherVersion();
  }

  /** The earlier credential ends when this one is shown: soon, so that a copy of it is worth nothing. */
  async renew(device_id, credential) {
    await this.store.keepCredential({ device_id, credential }).catch(() => undefined); // it is handed out again
    this.soon();
  }

  async body(device) {
    const { count, entries } = await this.store.standing();
    const own = entries.filter((entry) => entry.number && (entry.device_id ?? device.device_id) === device.device_id);
    const numbers = (state) => rangesOf(own.filter((entry) => entry.state === state).map((entry) => entry.number));
    return {
      version: this.version,
      made: count?.made ?? 0,
      queue_length: entries.length,
      waiting: numbers("waiting"),
      aside: numbers("aside"),
      persisted: (await navigator.storage?.persisted?.()) ?? null,
      full: this.isFull(),
      works_offline: this.pages.worksOffline,
      device_now: new Date().toISOString(),
      last_answer_on: count?.last_answer_on ?? null,
      battery_pct: await batteryPct(),
    };
  }

  async send(device, body) {
    const headers = { Authorization: `Bearer ${device.credential}` };
    const reply = await ask(ADDRESS, { method: "POST", headers, body: JSON.stringify(body) });
    return reply?.isGood && typeof reply.told.version === "string" ? reply.told : undefined; // else: silence
  }
}

async function batteryPct() {
  const battery = await navigator.getBattery?.().catch(() => undefined);
  return battery ? Math.round(battery.level * 100) : null;
}
