import type { Slot } from './slot';

/**
 * The rows of a query of our own, as texts. `bytesMax` holds for all together: a customer can
 * make a table of ours hold anything.
 */
export class TextRows implements Slot {
  readonly rows: (string | null)[][] = [];
  tag = '';
  tooLarge = false;

  constructor(
    private bytesLeft: number,
    readonly about?: string,
  ) {}

  columns(): void {}

  wantsRow(length: number): number {
    return length <= this.bytesLeft ? length : 0;
  }

  row(bytes: Buffer, start: number, end: number): void {
    this.bytesLeft -= end - start;
    if (start === end || this.bytesLeft < 0) this.tooLarge = true;
    if (this.tooLarge) return;
    const values: (string | null)[] = [];
    let at = start + 2;
    for (let left = bytes.readUInt16BE(start); left > 0; left--) {
      const length = bytes.readInt32BE(at);
      at += 4;
      values.push(length < 0 ? null : bytes.toString('utf8', at, at + length));
      at += Math.max(length, 0);
    }
    this.rows.push(values);
  }

  complete(tag: string | null): void {
    this.tag = tag ?? '';
  }

  committed(): void {}
}
