import type { Slot } from '../wire/slot';

/** The rows of a query of our own, as texts. */
export class TextRows implements Slot {
  readonly rows: (string | null)[][] = [];
  tag = '';

  columns(): void {}

  wantsRow(length: number): number {
    return length;
  }

  row(bytes: Buffer, start: number): void {
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
