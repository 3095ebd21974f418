/**
 * The office's date, counted from the server's clock: a tablet set to 2016 still dates its answers right.
 * Never earlier than a day this device has lived through, should its clock fall back while the server is away.
 */

const WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

export class OfficeClock {
  /** @param {{ now: string | Date, time_zone: string }} told the server's instant and the office's zone */
  constructor({ now, time_zone }, notBefore = "") {
    this.aheadMs = new Date(now).getTime() - Date.now();
    this.format = new Intl.DateTimeFormat("en-CA", { timeZone: time_zone });
    this.timeFormat = new Intl.DateTimeFormat("en-GB", {
      timeZone: time_zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    this.notBefore = notBefore;
  }

  /** @returns {boolean} whether it is a day and time of these opening hours; without any it always is */
  isWithin(opening) {
    if (!opening) return true;
    const parts = this.timeFormat.formatToParts(new Date(Date.now() + this.aheadMs));
    const { weekday, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
    const day = WEEK.indexOf(weekday) + 1;
    const time = `${hour}:${minute}`;
    return opening.first_day <= day && day <= opening.last_day && opening.opens <= time && time < opening.closes;
  }

  /** @returns {string} today as YYYY-MM-DD */
  today() {
    const counted = this.format.format(new Date(Date.now() + this.aheadMs));
    return counted > this.notBefore ? counted : this.notBefore;
  }
}
