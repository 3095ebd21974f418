/**
 * The office's date, counted from the server's clock: a tablet set to 2016 still dates its answers right.
 * Never earlier than a day this device has lived through, should its clock fall back while the server is away.
 */

export class OfficeClock {
  /** @param {{ now: string | Date, time_zone: string }} told the server's instant and the office's zone */
  constructor({ now, time_zone }, notBefore = "") {
    this.aheadMs = new Date(now).getTime() - Date.now();
    this.format = new Intl.DateTimeFormat("en-CA", { timeZone: time_zone });
    this.notBefore = notBefore;
  }

  /** @returns {string} today as YYYY-MM-DD */
  today() {
    const counted = this.format.format(new Date(Date.now() + this.aheadMs));
    return counted > this.notBefore ? counted : this.notBefore;
  }
}
