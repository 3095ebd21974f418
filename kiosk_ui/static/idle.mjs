/** Has somebody walked away? Quiet seconds, then a ring that runs out, then the end of the visit. */

const RING = 100;

export class IdleWatch {
  /**
   * @param {{ quietSeconds: number, warningSeconds: number, onLeft: () => void }} options
   */
  constructor({ quietSeconds, warningSeconds, onLeft }) {
    this.quietSeconds = quietSeconds;
    this.warningSeconds = warningSeconds;
    this.onLeft = onLeft;
    this.timer = 0;
    this.dialog = null;
  }

  get isWarning() {
    return this.dialog !== null;
  }

  /** Somebody is here: count again from the start. `dialog` is the one to show when it falls quiet. */
  touched(dialog) {
    this.stop();
    this.timer = setTimeout(() => this.warn(dialog), this.quietSeconds * 1000);
  }

  stop() {
    clearTimeout(this.timer);
    if (this.dialog?.open) this.dialog.close();
    this.dialog = null;
  }

  warn(dialog) {
    this.dialog = dialog;
    dialog.showModal();
    this.count(this.warningSeconds);
  }

  count(left) {
    if (left <= 0) {
      this.stop();
      this.onLeft();
      return;
    }
    this.dialog.querySelector("[data-seconds]").textContent = String(left);
    const spent = RING * (1 - (left - 1) / this.warningSeconds);
    this.dialog.querySelector(".ring-left").style.setProperty("--spent", String(spent));
    this.timer = setTimeout(() => this.count(left - 1), 1000);
  }
}
