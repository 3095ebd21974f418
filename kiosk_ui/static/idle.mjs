/** Has somebody walked away? Quiet seconds, then a ring that runs out, then the end of the visit. */

const RING = 100;

export class IdleWatch {
  /**
   * @param {{ quietSeconds: number, warningSeconds: number, findDialog: () => HTMLDialogElement,
   *   onLeft: () => void }} options
   */
  constructor({ quietSeconds, warningSeconds, findDialog, onLeft }) {
    this.quietSeconds = quietSeconds;
    this.warningSeconds = warningSeconds;
    this.findDialog = findDialog;
    this.onLeft = onLeft;
    this.timer = 0;
    this.dialog = null;
  }

  get isWarning() {
    return this.dialog !== null;
  }

  /** Somebody is here: count again from the start. */
  touched() {
    this.stop();
    this.timer = setTimeout(() => this.warn(), this.quietSeconds * 1000);
  }

  stop() {
    clearTimeout(this.timer);
    if (this.dialog?.open) this.dialog.close();
    this.dialog = null;
  }

  /** The dialog is looked for now: another language has brought fresh markup since the last touch. */
  warn() {
    this.dialog = this.findDialog();
    this.dialog.showModal();
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
