/** What a receipt's code says of itself. Whether it is genuine and unused, only the server knows. */

const TOKEN = /^[\w-]+~[\w-]+$/;
const SHORT_CODE = /^[0-9A-HJKMNP-TV-Z]{8}$/;
const PARTS = 7;

/**
 * @typedef {{ token: string, round?: string, unit?: string, service?: string, expiresOn?: string }} Receipt
 *   a short code says nothing but itself: the server knows what it stands for
 * @param {string} text an address as the QR holds it, or a typed code
 * @returns {Receipt | undefined}
 */
export function readReceipt(text) {
  const found = text.match(/\/r\/([^/?#\s]+)/)?.[1] ?? text.trim();
  return ofToken(found) ?? ofShortCode(found);
}

function ofToken(token) {
  if (!TOKEN.test(token)) return undefined;
  try {
    const packed = token.split("~")[0].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
    const said = JSON.parse(new TextDecoder().decode(bytes)).t.split("|");
    if (said.length !== PARTS) return undefined;
    const [round, unit, service, , , day] = said;
    return { token, round, unit, service, expiresOn: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}` };
  } catch {
    return undefined; // signed by somebody else, for something else
  }
}

function ofShortCode(text) {
  const code = text.toUpperCase().replace(/[ .-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  return SHORT_CODE.test(code) ? { token: code } : undefined;
}
