/** The place of one key in a cache. */
export interface Slot<T> {
  get(): T | undefined;
  /** @param weight counts towards the limit of the cache, in a unit of its owner's choice */
  set(value: T, weight?: number): void;
  delete(): void;
}

interface Limits {
  entries: number;
  /** The sum of all weights. Default: no limit. */
  weight?: number;
  ttlMs: number;
}

interface Entry<T> {
  value: T;
  weight: number;
  expires: number;
}

/** A cache that is limited in number, weight and age. When it is full, it drops what was not used for the longest time. */
export class Cache<T> {
  // A Map keeps the order of insertion: the first entry is the one that was not used for the longest time.
  readonly #entries = new Map<string, Entry<T>>();
  #weight = 0;

  /** @param now a clock in milliseconds */
  constructor(
    private readonly limits: Limits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  slot(key: string): Slot<T> {
    return {
      get: () => this.#get(key),
      set: (value, weight = 0) => this.#set(key, value, weight),
      delete: () => this.#delete(key),
    };
  }

  #get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expires <= this.now()) {
      this.#delete(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  #set(key: string, value: T, weight: number): void {
    this.#delete(key);
    this.#entries.set(key, { value, weight, expires: this.now() + this.limits.ttlMs });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.limits.entries && this.#weight <= (this.limits.weight ?? Infinity))
        break;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
