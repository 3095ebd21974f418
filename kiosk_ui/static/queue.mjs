/** Saving what a device could not send: one file, brought in on the server by `sipas responses import-queue`. */

import { openStore } from "./store.mjs";

const FORMAT = "sipas-kiosk-queue";
const FORMAT_VERSION = 1;
const OPEN_MS = 120_000;

class QueuePage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.button = root.querySelector("button");
    this.button.addEventListener("click", () => this.save());
  }

  async start() {
    this.root.addEventListener("pointerdown", () => this.staffIsHere());
    this.staffIsHere();
    try {
      this.store = await openStore();
      this.show(await this.store.entries());
    } catch {
      this.part("storage").hidden = false;
    }
  }

  /** A screen left open goes back to the citizens. */
  staffIsHere() {
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => location.replace(this.root.dataset.next), OPEN_MS);
  }

  show(entries) {
    const aside = entries.filter((entry) => entry.state === "aside").length;
    this.part("waiting").textContent = String(entries.length - aside);
    this.part("aside").textContent = String(aside);
    this.part("counts").hidden = false;
    this.button.disabled = entries.length === 0;
  }

  /** What is saved stays here too: an answer that arrives twice is stored once. */
  async save() {
    const device = await this.store.device();
    const entries = (await this.store.entries()).map(({ body, number, device_id, state }) => ({
      body,
      number: number ?? null,
      device: device_id ?? device?.device_id ?? null,
      state,
    }));
    const file = { format: FORMAT, format_version: FORMAT_VERSION, device: device?.device_id ?? null, entries };
    download(JSON.stringify(file), `sipas-${(device?.kiosk_id ?? "kiosk").slice(0, 8)}.json`);
    this.part("saved").hidden = false;
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }
}

function download(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

for (const root of document.querySelectorAll("[data-module=queue]")) new QueuePage(root).start();
