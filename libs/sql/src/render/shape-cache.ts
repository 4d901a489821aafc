import type { RowShape } from './row-shape';

const SHAPES_MAX = 2_000;
const KEY_BYTES_MAX = 2_048;

/**
 * Shapes by the bytes of the RowDescription they were made from. Only those of built-in types:
 * equal bytes then mean an equal shape in every database. Full, it starts again from nothing, which is
 * cheaper than to keep an order that pages with few statements never need.
 */
export class ShapeCache {
  private readonly shapes = new Map<string, RowShape>();

  /** Null when the description is too long to be worth keeping. */
  keyOf(bytes: Buffer, start: number, end: number, rowsAsArrays: boolean): string | null {
    if (end - start > KEY_BYTES_MAX) return null;
    return (rowsAsArrays ? 'a' : 'o') + bytes.toString('latin1', start, end);
  }

  get(key: string): RowShape | undefined {
    return this.shapes.get(key);
  }

  set(key: string, shape: RowShape): void {
    if (this.shapes.size >= SHAPES_MAX) this.shapes.clear();
    this.shapes.set(key, shape);
  }
}
