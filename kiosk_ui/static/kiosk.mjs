/** The kiosk: fetches what its unit shows, serves one visit after the other, tells trouble in human words. */

import { OfficeClock } from "./clock.mjs";
import { Outbox } from "./outbox.mjs";
import { openStore } from "./store.mjs";
import { Visit } from "./visit.mjs";

const ADDRESS = "/api/v1/kiosks/me";
const REFRESH_MS = 300_000;
const RETRY_MS = 5_000;
const FIRST_LANGUAGE = "vi";

class Kiosk {
  constructor(root) {
    this.root = root;
    this.stage = document.createElement("div");
    this.stage.className = "kiosk-stage";
    root.append(this.stage);
  }

  async start() {
    try {
      this.store = await openStore();
      this.device = await this.store.device();
    } catch {
      return this.trouble("storage");
    }
    if (!this.device) return location.replace(this.root.dataset.enrol);
    navigator.storage?.persist?.();
    this.outbox = new Outbox({
      store: this.store,
      credential: this.device.credential,
      onNotConnected: () => this.refresh(),
    });
    this.outbox.start();
    setInterval(() => this.refresh(), REFRESH_MS);
    return this.refresh();
  }

  /** Ask for today's screens; while the server is away, the last ones serve on. */
  async refresh() {
    clearTimeout(this.retry);
    const reply = await this.ask();
    if (reply?.status === 401) return this.trouble("revoked");
    if (reply?.ok) await this.use(await reply.json());
    else {
      this.retry = setTimeout(() => this.refresh(), RETRY_MS);
      if (!this.bundle) await this.useKept();
    }
  }

  async ask() {
    try {
      return await fetch(ADDRESS, {
        headers: { Authorization: `Bearer ${this.device.credential}` },
        cache: "no-store",
      });
    } catch {
      return undefined;
    }
  }

  async useKept() {
    const kept = await this.store.bundle();
    if (kept) this.begin(kept.bundle, new OfficeClock({ ...kept.bundle, now: new Date(Date.now() + kept.aheadMs) }));
    else this.trouble("unreachable");
  }

  async use(bundle) {
    const clock = new OfficeClock(bundle);
    await this.store.keepBundle({ bundle, aheadMs: clock.aheadMs });
    this.begin(bundle, clock);
  }

  begin(bundle, clock) {
    const isNew = shownBy(bundle) !== shownBy(this.bundle);
    this.bundle = bundle;
    this.clock = clock;
    if (!this.visit) this.next();
    else if (isNew && this.visit.isUntouched) this.next();
  }

  /** The next person's screen, or word that no survey runs. */
  next() {
    if (this.bundle.round) this.serve();
    else this.trouble("no_round");
  }

  serve() {
    this.hideTrouble();
    this.visit?.events.abort();
    this.visit = new Visit({
      stage: this.stage,
      bundle: this.bundle,
      clock: this.clock,
      outbox: this.outbox,
      language: FIRST_LANGUAGE,
      onEnd: () => this.next(),
    });
  }

  trouble(name) {
    this.visit?.idle.stop();
    this.visit?.events.abort();
    this.visit = undefined;
    this.stage.replaceChildren();
    this.stage.hidden = true;
    for (const part of this.root.querySelectorAll(".kiosk-wait")) part.hidden = part.dataset.trouble !== name;
  }

  hideTrouble() {
    this.stage.hidden = false;
    for (const part of this.root.querySelectorAll(".kiosk-wait")) part.hidden = true;
  }
}

function shownBy(bundle) {
  return JSON.stringify([bundle?.round, bundle?.form_version, bundle?.screens]);
}

new Kiosk(document.getElementById("kiosk")).start();
