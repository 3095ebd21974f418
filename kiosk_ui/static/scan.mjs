/** A receipt held before the kiosk: typed by a USB scanner, which is faster than fingers, or seen by the camera. */

const FASTER_THAN_FINGERS_MS = 30;
const SURELY_SCANNED = 5;
const SHORTEST = 8;
const LONGEST = 500;
const GIVE_BACK_MS = 150;
const LOOK_EVERY_MS = 200;
const LOOK_FOR_MS = 15_000;

export class KeyScanner {
  /** @param {{ onRead: (text: string) => void }} options */
  constructor({ onRead }) {
    this.onRead = onRead;
    this.forget();
    document.addEventListener("keydown", (event) => this.typed(event), { capture: true });
  }

  typed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") return this.ended(event);
    if (event.key.length !== 1) return;
    if (event.timeStamp - this.lastAt > FASTER_THAN_FINGERS_MS) this.begin();
    this.text = (this.text + event.key).slice(0, LONGEST);
    this.lastAt = event.timeStamp;
    if (this.text.length < SURELY_SCANNED) return;
    swallow(event);
    clearTimeout(this.giving);
    this.giving = setTimeout(() => this.giveBack(), GIVE_BACK_MS);
  }

  begin() {
    this.forget();
    const field = document.activeElement;
    this.field = field?.matches("input[type=search], input[type=text], textarea") ? field : undefined;
    this.before = this.field?.value;
  }

  ended(event) {
    const isScanned = this.text.length >= SHORTEST && event.timeStamp - this.lastAt <= FASTER_THAN_FINGERS_MS * 4;
    const { text } = this;
    if (isScanned) {
      swallow(event);
      this.write(this.before);
    }
    this.forget();
    if (isScanned) this.onRead(text);
  }

  /** No scanner after all, but somebody very fast: nothing typed is lost. */
  giveBack() {
    this.write(this.before + this.text);
    this.forget();
  }

  write(value) {
    if (!this.field || this.field.value === value) return;
    this.field.value = value;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  forget() {
    clearTimeout(this.giving);
    this.text = "";
    this.lastAt = -Infinity;
    this.field = undefined;
    this.before = "";
  }
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Whether this browser can read a code from a camera. */
export function canSee() {
  return "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
}

export class CameraScanner {
  /** @param {{ dialog: HTMLDialogElement, onRead: (text: string) => void }} options */
  constructor({ dialog, onRead }) {
    this.dialog = dialog;
    this.video = dialog.querySelector("video");
    this.failed = dialog.querySelector("[data-camera-failed]");
    this.onRead = onRead;
    dialog.addEventListener("close", () => this.stop());
  }

  async open() {
    this.failed.hidden = true;
    this.dialog.showModal();
    this.closing = setTimeout(() => this.close(), LOOK_FOR_MS);
    try {
      this.detector = new window.BarcodeDetector({ formats: ["qr_code"] });
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
      if (!this.dialog.open) return this.stop();
      this.video.srcObject = this.stream;
      await this.video.play();
      await this.look();
    } catch {
      this.failed.hidden = !this.dialog.open;
    }
    return undefined;
  }

  async look() {
    if (!this.dialog.open) return;
    const [found] = await this.detector.detect(this.video);
    if (!found) {
      this.looking = setTimeout(() => this.look().catch(() => this.close()), LOOK_EVERY_MS);
      return;
    }
    this.close();
    this.onRead(found.rawValue);
  }

  close() {
    if (this.dialog.open) this.dialog.close();
    this.stop();
  }

  stop() {
    clearTimeout(this.closing);
    clearTimeout(this.looking);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.video.srcObject = null;
  }
}
