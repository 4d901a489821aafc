/**
 * Where the answer of one statement in a pipeline goes. Payloads are borrowed: they are read
 * before the call returns.
 */
export interface Slot {
  /** Index of the caller's statement in its batch, told with its error. */
  readonly statement?: number;
  /** Of a statement that is not the caller's: what its error is about. */
  readonly about?: string;
  columns(bytes: Buffer, start: number, end: number): void;
  /** How many bytes of a long row are wanted: all, or none. */
  wantsRow(length: number): number;
  /** A row; empty (`start === end`) when it was not wanted. */
  row(bytes: Buffer, start: number, end: number): void;
  /** `tag` reads `INSERT 0 1`; null when the row cap was reached, empty for an empty statement. */
  complete(tag: string | null): void;
  /** All statements have ended well and nothing can undo them; the last call. */
  committed(): void;
}

/** Takes the answer of a command of our own, which says nothing. */
export const SILENT: Slot = {
  columns: () => undefined,
  wantsRow: () => 0,
  row: () => undefined,
  complete: () => undefined,
  committed: () => undefined,
};
