import { LRUCache } from 'lru-cache';
import type { ChangeFeed, ChangingTable } from './change-feed';

interface Entry<V> {
  value: V;
  /** The rows the value was made of, as `table:id`. */
  rows: readonly string[];
}

export interface Loaded<V> {
  value: V;
  rows: readonly string[];
}

const TTL_MS = 60_000;

/**
 * Values made of rows, kept in this process until one of their rows changes, 60 s at most. A
 * value whose rows changed while it was being loaded is not kept, and while the change feed is
 * down nothing is: a revoked key must not live on in anybody's memory.
 */
export class Remembered<V extends object> {
  private readonly entries: LRUCache<string, Entry<V>>;
  private readonly byRow = new Map<string, Set<string>>();
  /** Counts changes, so that a load can tell whether it raced with one. */
  private changes = 0;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly load: (key: string) => Promise<Loaded<V> | null>,
    options: { tables: ChangingTable[]; entriesMax: number },
  ) {
    this.entries = new LRUCache({
      max: options.entriesMax,
      ttl: TTL_MS,
      dispose: (entry, key) => this.unlink(key, entry.rows),
    });
    for (const table of options.tables) {
      feed.subscribe(table, (id) => (id === null ? this.clear() : this.forget(`${table}:${id}`)));
    }
  }

  /** The value if it is in memory: synchronous, for the query path. */
  peek(key: string): V | undefined {
    return this.feed.healthy ? this.entries.get(key)?.value : undefined;
  }

  async get(key: string): Promise<V | null> {
    const kept = this.peek(key);
    if (kept) return kept;
    const changesBefore = this.changes;
    const loaded = await this.load(key);
    if (loaded && this.feed.healthy && this.changes === changesBefore) this.keep(key, loaded);
    return loaded?.value ?? null;
  }

  private keep(key: string, loaded: Loaded<V>): void {
    this.entries.set(key, loaded);
    for (const row of loaded.rows) {
      const keys = this.byRow.get(row) ?? new Set();
      this.byRow.set(row, keys.add(key));
    }
  }

  private forget(row: string): void {
    this.changes++;
    for (const key of [...(this.byRow.get(row) ?? [])]) this.entries.delete(key);
  }

  private clear(): void {
    this.changes++;
    this.entries.clear();
  }

  private unlink(key: string, rows: readonly string[]): void {
    for (const row of rows) {
      const keys = this.byRow.get(row);
      keys?.delete(key);
      if (keys?.size === 0) this.byRow.delete(row);
    }
  }
}
