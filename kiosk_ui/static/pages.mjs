/** The kiosk's own files: kept by the service worker; a new version is taken only when nobody is answering. */

const WORKER = "/sw.js";
const SCOPE = "/kiosk";

export class Pages {
  /** @param {{ onNewer: () => void }} options called when a new version is ready to take over */
  constructor({ onNewer }) {
    this.onNewer = onNewer;
    this.registration = undefined;
    this.isReplaced = false;
    this.isTaking = false;
  }

  /** Where the page has no secure context there is no worker: the kiosk then needs the network to start. */
  async start() {
    const worker = navigator.serviceWorker;
    if (!worker) return;
    let wasOurs = Boolean(worker.controller);
    worker.addEventListener("controllerchange", () => {
      this.isReplaced ||= wasOurs || this.isTaking;
      wasOurs = true; // only the very first worker replaces nothing
      if (this.isReplaced) this.onNewer();
    });
    await this.register(worker);
  }

  async register(worker) {
    this.registration = await worker.register(WORKER, { scope: SCOPE, updateViaCache: "none" });
    this.registration.addEventListener("updatefound", () => this.watch(this.registration.installing));
    if (this.registration.installing) this.watch(this.registration.installing);
    if (this.hasNewer) this.onNewer(); // it was brought in by another page: nothing more would tell of it
  }

  watch(installing) {
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && this.hasNewer) this.onNewer();
    });
  }

  get worksOffline() {
    return Boolean(navigator.serviceWorker?.controller);
  }

  get hasNewer() {
    return this.isReplaced || Boolean(this.registration?.waiting && this.registration.active);
  }

  /** Ask the server whether there is a new version; one that is here and was not taken is told of again. */
  async look() {
    const worker = navigator.serviceWorker;
    try {
      if (worker && !this.registration?.active) await this.register(worker); // the network went before it was whole
      else await this.registration?.update();
    } catch {
      // no network: the version there is serves on
    }
    if (this.hasNewer) this.onNewer();
  }

  /** Begin again with the new version; only for a screen nobody is using. */
  takeOver() {
    if (this.isReplaced) return location.reload();
    this.isTaking = true;
    return this.registration.waiting.postMessage("take-over");
  }
}
