/**
 * The kiosk's pages without the network. The server writes `KIOSK` above: version, pages, SHA-256 of every file.
 * A version is kept whole or not at all, and waits until the page, on its first screen, lets it take over.
 */

const PREFIX = "kiosk-";
const CACHE = PREFIX + KIOSK.version;
const KEPT_VERSIONS = 3; // this one and the two before it: their pages may still be open
const STATIC = "/static/";

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isOurs = KIOSK.pages.includes(pathname) || pathname.startsWith(STATIC);
  if (event.request.method !== "GET" || origin !== location.origin || !isOurs) return;
  event.respondWith(answer(event.request, pathname));
});

async function answer(request, pathname) {
  const own = await caches.open(CACHE);
  return (await own.match(pathname)) ?? (await caches.match(pathname)) ?? fetch(request);
}

async function fill() {
  await caches.delete(CACHE);
  const cache = await caches.open(CACHE);
  try {
    const files = Object.entries(KIOSK.files).map(([path, wanted]) => keepFile(cache, path, wanted));
    await Promise.all([...KIOSK.pages.map((path) => keepPage(cache, path)), ...files]);
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function keepPage(cache, path) {
  const reply = await ask(path);
  const text = await reply.clone().text();
  if (!text.includes(`data-version="${KIOSK.version}"`)) throw new Error(`${path} is of another version`);
  await cache.put(path, reply);
}

async function keepFile(cache, path, wanted) {
  const reply = await ask(path);
  const digest = await crypto.subtle.digest("SHA-256", await reply.clone().arrayBuffer());
  const found = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== wanted) throw new Error(`${path} is of another version`);
  await cache.put(path, reply);
}

async function ask(path) {
  const reply = await fetch(path, { cache: "no-store" });
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  return reply;
}

async function takeOver() {
  const kept = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(kept.slice(0, -KEPT_VERSIONS).map((name) => caches.delete(name)));
  await self.clients.claim();
}
