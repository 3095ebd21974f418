/** Sequence numbers as ranges, the way the server counts them. */

const MOST_RANGES = 2_000;

/**
 * @param {number[]} numbers
 * @returns {[number, number][]} sorted ranges that do not touch
 */
export function rangesOf(numbers) {
  const ranges = [];
  for (const number of [...numbers].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.slice(0, MOST_RANGES);
}
