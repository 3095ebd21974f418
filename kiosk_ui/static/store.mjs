/**
 * What this device keeps: its credential, its last screens, how far it has counted, and answers not yet
 * received by the server. Every answer is numbered in the transaction that writes it.
 */

const OF_THE_KIOSK = "sipas";
const VERSION = 1;
const PROBE_BYTES = 64 * 1024;

/**
 * Open the device's store; rejects where the browser keeps nothing.
 * @param {string} [name] phones keep theirs apart from a kiosk's
 * @returns {Promise<Store>}
 */
export async function openStore(name = OF_THE_KIOSK) {
  const request = indexedDB.open(name, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("device");
    request.result.createObjectStore("outbox", { keyPath: "response_id" });
  };
  return new Store(await settled(request));
}

export class Store {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    this.isClosed = false;
    database.onversionchange = () => this.close(); // a newer page must never wait for this one
  }

  close() {
    this.isClosed = true;
    this.database.close();
  }

  device() {
    return this.read("device", (store) => store.get("device"));
  }

  /** A device connected anew counts from one; answers of its earlier count keep their numbers. */
  async keepDevice(device) {
    const before = await this.device();
    await this.write(["device"], (transaction) => {
      const store = transaction.objectStore("device");
      store.put(device, "device");
      if (before && before.device_id !== device.device_id) store.delete("count");
    });
  }

  /** Another credential for this same device; one that was enrolled anew meanwhile keeps its own. */
  async keepCredential({ device_id, credential }) {
    await this.write(["device"], (transaction) => {
      const store = transaction.objectStore("device");
      const asked = store.get("device");
      asked.onsuccess = () => {
        if (asked.result?.device_id === device_id) store.put({ ...asked.result, credential }, "device");
      };
    });
  }

  bundle() {
    return this.read("device", (store) => store.get("bundle"));
  }

  keepBundle(bundle) {
    return this.write(["device"], (transaction) => transaction.objectStore("device").put(bundle, "bundle"));
  }

  entries() {
    return this.read("outbox", (store) => store.getAll());
  }

  /**
   * The count and the answers it is about, as they stood at one moment.
   * @returns {Promise<{ count?: { made: number, last_answer_on: string }, entries: object[] }>}
   */
  async standing() {
    const transaction = this.database.transaction(["device", "outbox"]);
    const count = settled(transaction.objectStore("device").get("count"));
    const entries = settled(transaction.objectStore("outbox").getAll());
    return { count: await count, entries: await entries };
  }

  /** Number an answer, write it, and read it back: only then may somebody be thanked. */
  async addEntry(entry, answeredOn) {
    await this.write(["device", "outbox"], (transaction) => {
      const device = transaction.objectStore("device");
      const asked = device.get("count");
      asked.onsuccess = () => {
        const made = (asked.result?.made ?? 0) + 1;
        device.put({ made, last_answer_on: answeredOn }, "count");
        transaction.objectStore("outbox").add({ ...entry, number: made });
      };
    });
    const kept = await this.read("outbox", (store) => store.get(entry.response_id));
    if (kept?.body !== entry.body) throw new Error("the answer was not kept");
  }

  /** Note what became of an attempt; an answer another page has sent meanwhile does not come back. */
  async changeEntry(responseId, change) {
    await this.write(["outbox"], (transaction) => {
      const outbox = transaction.objectStore("outbox");
      const asked = outbox.get(responseId);
      asked.onsuccess = () => asked.result && outbox.put({ ...asked.result, ...change });
    });
  }

  dropEntry(responseId) {
    return this.write(["outbox"], (transaction) => transaction.objectStore("outbox").delete(responseId));
  }

  /** Whether there is room for an answer: tried by writing as much as the largest one. */
  async hasRoom() {
    try {
      const probe = crypto.getRandomValues(new Uint8Array(PROBE_BYTES));
      await this.write(["device"], (transaction) => transaction.objectStore("device").put(probe, "probe"));
      await this.write(["device"], (transaction) => transaction.objectStore("device").delete("probe"));
      return true;
    } catch {
      return false;
    }
  }

  /** Nothing is left, not even that there was something. */
  erase() {
    this.close();
    indexedDB.deleteDatabase(this.database.name);
  }

  read(name, ask) {
    return settled(ask(this.database.transaction(name).objectStore(name)));
  }

  write(names, change) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(names, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("not written"));
      change(transaction);
    });
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });
}
