/** The kiosk: fetches what its unit shows, serves one visit after the other, tells trouble in human words. */

import { OfficeClock } from "./clock.mjs";
import { Heartbeat } from "./heartbeat.mjs";
import { Outbox } from "./outbox.mjs";
import { Pages } from "./pages.mjs";
import { KeyScanner } from "./scan.mjs";
import { openStore } from "./store.mjs";
import { Visit } from "./visit.mjs";
import { UNCHANGED, ask, isRefusal } from "./wire.mjs";

const ADDRESS = "/api/v1/kiosks/me";
const REFRESH_MS = 300_000;
const RETRY_MS = 5_000;
const LOOK_FOR_ROOM_MS = 10_000;
const LOOK_AGAIN_MS = 60_000;
const LOOK_AT_CLOCK_MS = 20_000;
const AWAKE_MS = 60_000;
const FIRST_LANGUAGE = "vi";

class Kiosk {
  constructor(root) {
    this.root = root;
    this.stage = document.createElement("div");
    this.stage.className = "kiosk-stage";
    root.append(this.stage);
    this.blocked = ""; // the trouble that stops the next visit; one that has begun goes on to its end
    this.isFull = false;
    this.isClosed = false;
    this.isResting = false;
    this.awakeUntil = 0;
    this.pages = new Pages({ onNewer: () => this.calm() });
    this.scanner = new KeyScanner({ onRead: (text) => this.scanned(text) });
    const rest = root.querySelector("[data-trouble=closed]");
    rest.addEventListener("click", () => this.wake());
    document.addEventListener("keydown", (event) => this.isResting && event.key !== "Tab" && this.wake());
  }

  async start() {
    try {
      this.store = await openStore();
      this.device = await this.store.device();
    } catch {
      setTimeout(() => location.reload(), LOOK_AGAIN_MS); // somebody may have made room
      return this.trouble("storage");
    }
    if (!this.device) return location.replace(this.root.dataset.enrol);
    this.store.database.onclose = () => this.storeClosed();
    this.pages.start().catch(() => undefined); // without its worker it serves all the same, with the network
    await navigator.storage?.persist?.();
    this.isFull = !(await this.store.hasRoom());
    this.startSending();
    setInterval(() => this.refresh(), REFRESH_MS);
    setInterval(() => this.lookAtClock(), LOOK_AT_CLOCK_MS);
    return this.refresh();
  }

  startSending() {
    this.heartbeat = new Heartbeat({
      store: this.store,
      pages: this.pages,
      version: this.root.dataset.version,
      isFull: () => this.isFull,
      onOtherVersion: () => this.pages.look(),
    });
    this.outbox = new Outbox({
      store: this.store,
      onRefused: () => this.refresh(),
      onChange: () => this.heartbeat.soon(),
    });
    this.outbox.start();
    this.heartbeat.start();
  }

  /** Ask for today's screens; while the server is away, the last ones serve on. */
  async refresh() {
    clearTimeout(this.retry);
    const reply = await this.ask();
    if (isRefusal(reply) && reply.status === 401) return this.block("revoked");
    const told = this.newest(reply);
    if (told) return this.use(told);
    this.retry = setTimeout(() => this.refresh(), RETRY_MS);
    return this.bundle ? undefined : this.useKept();
  }

  async ask() {
    const { credential } = await this.store.device();
    const known = this.tag && { "If-None-Match": this.tag };
    return ask(ADDRESS, { headers: { Authorization: `Bearer ${credential}`, ...known } });
  }

  /** What to show from now on: the reply's screens, or those there are already at the time it tells. */
  newest(reply) {
    if (reply?.status === UNCHANGED) return { ...this.bundle, now: reply.now };
    if (!reply?.isGood || !reply.told.unit) return undefined;
    this.tag = reply.tag;
    return reply.told;
  }

  async useKept() {
    const kept = await this.store.bundle();
    if (!kept) return this.block("unreachable");
    const { count } = await this.store.standing();
    const notBefore = [kept.on ?? "", count?.last_answer_on ?? ""].sort().at(-1);
    const told = { ...kept.bundle, now: new Date(Date.now() + kept.aheadMs) };
    return this.begin(kept.bundle, new OfficeClock(told, notBefore));
  }

  async use(bundle) {
    const clock = new OfficeClock(bundle);
    this.begin(bundle, clock);
    if (bundle.version !== this.root.dataset.version || !this.pages.worksOffline) this.pages.look();
    await this.store.keepBundle({ bundle, aheadMs: clock.aheadMs, on: clock.today() }).catch(() => undefined);
  }

  begin(bundle, clock) {
    const isNew = shownBy(bundle) !== shownBy(this.bundle);
    this.bundle = bundle;
    this.clock = clock;
    this.blocked = bundle.round ? "" : "no_round";
    if (isNew || !this.visit) this.calm();
  }

  block(name) {
    this.blocked = name;
    this.calm();
  }

  /** The browser gave the store up (a disk without room does that): open it anew, when nobody is answering. */
  storeClosed() {
    this.isClosed = true;
    this.calm();
  }

  /** Something has changed: shown at once where nobody is answering, else after the visit's end. */
  calm() {
    if (!this.visit || this.visit.isUntouched) this.next();
  }

  /** The next person's screen, or word why there is none. */
  next() {
    if (this.isClosed) return location.reload();
    if (this.pages.hasNewer) this.pages.takeOver();
    if (this.isFull) this.waitForRoom();
    else if (this.blocked) this.trouble(this.blocked);
    else if (this.bundle && this.isOutOfHours()) this.rest();
    else if (this.bundle) this.serve();
    return undefined;
  }

  isOutOfHours() {
    return performance.now() > this.awakeUntil && !this.clock.isWithin(this.bundle.opening);
  }

  /** Outside opening hours the first screen is dark and quiet; who touches it may answer all the same. */
  rest() {
    this.trouble("closed");
    this.isResting = true;
    this.root.querySelector("[data-resting-unit]").textContent = this.bundle.unit.name;
  }

  wake() {
    if (!this.isResting) return;
    this.awakeUntil = performance.now() + AWAKE_MS;
    this.next();
  }

  lookAtClock() {
    if (this.clock?.hasJumped()) this.refresh(); // the server knows what time it is now
    if (this.bundle && !this.blocked && !this.isFull && this.isOutOfHours() !== this.isResting) this.calm();
  }

  scanned(text) {
    this.wake();
    this.visit?.useReceipt(text);
  }

  serve() {
    this.isResting = false;
    this.hideTrouble();
    this.visit?.events.abort();
    this.visit = new Visit({
      stage: this.stage,
      bundle: this.bundle,
      today: () => this.clock.today(),
      outbox: this.outbox,
      language: FIRST_LANGUAGE,
      onEnd: (isKept) => this.ended(isKept),
    });
  }

  ended(isKept) {
    this.visit = undefined;
    this.isFull = !isKept;
    if (this.isFull) this.heartbeat.soon();
    this.next();
  }

  /** Rather no answers than thanks for answers that are not kept. */
  waitForRoom() {
    this.trouble("full");
    clearTimeout(this.looking);
    this.looking = setTimeout(async () => {
      this.isFull = !(await this.store.hasRoom());
      if (!this.isFull) this.heartbeat.soon();
      this.next();
    }, LOOK_FOR_ROOM_MS);
  }

  trouble(name) {
    this.isResting = false;
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
