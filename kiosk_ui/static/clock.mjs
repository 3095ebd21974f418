/**
 * The office's date: the server's instant, counted on by the time that has passed since, never by the device's clock.
 * A tablet set to 2016, or set right in the middle of the day, still dates its answers right.
 * Never earlier than a day this device has lived through, should its clock fall back while the server is away.
 */

const JUMP_MS = 60_000; // a clock that runs a little wrong does not jump
const WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

export class OfficeClock {
  /** @param {{ now: string | Date, time_zone: string }} told the server's instant and the office's zone */
  constructor({ now, time_zone }, notBefore = "") {
    this.toldMs = new Date(now).getTime();
    this.aheadMs = this.toldMs - Date.now();
    this.sinceMs = performance.now();
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

  now() {
    return new Date(this.toldMs + performance.now() - this.sinceMs);
  }

  /** @returns {boolean} whether the device's clock was set, or the device slept and this one stood still */
  hasJumped() {
    return Math.abs(this.now().getTime() - Date.now() - this.aheadMs) > JUMP_MS;
  }

  /** @returns {boolean} whether it is a day and time of these opening hours; without any it always is */
  isWithin(opening) {
    if (!opening) return true;
    const parts = this.timeFormat.formatToParts(this.now());
    const { weekday, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
    const day = WEEK.indexOf(weekday) + 1;
    const time = `${hour}:${minute}`;
    return opening.first_day <= day && day <= opening.last_day && opening.opens <= time && time < opening.closes;
  }

  /** @returns {string} today as YYYY-MM-DD */
  today() {
    const counted = this.format.format(this.now());
    return counted > this.notBefore ? counted : this.notBefore;
  }
}
