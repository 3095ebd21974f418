/**
 * One question to the server and its reply. Only JSON is a reply: what a portal, a proxy or a redirect answers in
 * the server's place is the same as silence, whatever its status.
 */

const TIMEOUT_MS = 10_000;
/** A reply without words: the server's own is known by its clock. */
export const UNCHANGED = 304;

/** @typedef {{ status: number, isGood: boolean, told: object, retryMs: number, tag?: string, now?: string }} Reply */

/**
 * @param {string} address
 * @param {RequestInit & { body?: string }} [request]
 * @returns {Promise<Reply | undefined>} undefined where the server had no word
 */
export async function ask(address, { headers = {}, ...request } = {}) {
  try {
    const reply = await fetch(address, {
      ...request,
      headers: { ...(request.body && { "Content-Type": "application/json" }), ...headers },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const now = reply.headers.get("X-Server-Now") ?? undefined;
    const told = reply.status === UNCHANGED && now ? {} : await reply.json();
    if (typeof told !== "object" || told === null) return undefined;
    const retryMs = Number(reply.headers.get("Retry-After")) * 1000 || 0;
    const tag = reply.headers.get("ETag") ?? undefined;
    return { status: reply.status, isGood: reply.ok, told, retryMs, tag, now };
  } catch {
    return undefined; // no network, no reply in time, or somebody else's words
  }
}

/** Whether the server itself refused, in the one shape its refusals have. @param {Reply | undefined} reply */
export function isRefusal(reply) {
  return typeof reply?.told.error?.code === "string";
}
