/** What this device keeps: its credential, its last screens, and answers not yet received by the server. */

const NAME = "sipas";
const VERSION = 1;

/**
 * Open the device's store; rejects where the browser keeps nothing.
 * @returns {Promise<Store>}
 */
export async function openStore() {
  const request = indexedDB.open(NAME, VERSION);
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
  }

  device() {
    return this.read("device", (store) => store.get("device"));
  }

  keepDevice(device) {
    return this.write("device", (store) => store.put(device, "device"));
  }

  bundle() {
    return this.read("device", (store) => store.get("bundle"));
  }

  keepBundle(bundle) {
    return this.write("device", (store) => store.put(bundle, "bundle"));
  }

  entries() {
    return this.read("outbox", (store) => store.getAll());
  }

  /** Write an answer and read it back: only then may somebody be thanked. */
  async keepEntry(entry) {
    await this.write("outbox", (store) => store.put(entry));
    const kept = await this.read("outbox", (store) => store.get(entry.response_id));
    if (kept?.body !== entry.body) throw new Error("the answer was not kept");
  }

  dropEntry(responseId) {
    return this.write("outbox", (store) => store.delete(responseId));
  }

  read(name, ask) {
    return settled(ask(this.database.transaction(name).objectStore(name)));
  }

  write(name, change) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(name, "readwrite", { durability: "strict" });
      change(transaction.objectStore(name));
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });
}
