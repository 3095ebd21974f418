/** The office's date, counted from the server's clock: a tablet set to 2016 still dates its answers right. */

export class OfficeClock {
  /** @param {{ now: string | Date, time_zone: string }} told the server's instant and the office's zone */
  constructor({ now, time_zone }) {
    this.aheadMs = new Date(now).getTime() - Date.now();
    this.format = new Intl.DateTimeFormat("en-CA", { timeZone: time_zone });
  }

  /** @returns {string} today as YYYY-MM-DD */
  today() {
    return this.format.format(new Date(Date.now() + this.aheadMs));
  }
}
