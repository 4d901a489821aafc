import type { PlannedStatement } from '../plan/plan-request';
import type { Slot } from '../wire/slot';
import { readCommandTag } from './command-tag';
import { JsonBuffer, OVERFLOW } from './json-buffer';
import { readColumns, rowShape, writeRow, type Column, type RowShape } from './row-shape';
import { ShapeCache } from './shape-cache';
import type { TypeCatalog } from './type-catalog';

const shapes = new ShapeCache();

/** Hex bytea shrinks to two thirds of its text; everything else of size stays as long or grows. */
const SHRINK_MAX = 2 / 3;

/** Bytes of rows an answer has left, over all results of a batch. */
export interface ByteBudget {
  left: number;
}

/** What a result needs of its connection. */
export interface ResultHome {
  readonly types: TypeCatalog;
  /** Set when types must be asked for, so that the connection stays until they are. */
  held: boolean;
  readonly startedAt: number;
  /** Told of rows that no answer holds, so that they cannot go on for ever. */
  discard(bytes: number): void;
}

/**
 * One statement's result, written as JSON while its rows arrive. Rows with types the catalog does
 * not know are kept as they came until `render`. Past the row or byte cap rows are let go, and the
 * statement runs to its end, so that its outcome is known.
 */
export class ResultSlot implements Slot {
  rows = 0;
  truncated = false;
  tooLarge = false;
  command = '';
  rowCount: number | null = null;
  completedAt = 0;
  /** Types to learn before `render`. */
  missingTypes: number[] = [];
  /** The finished JSON, of a result that is a whole answer. */
  body: Buffer | null = null;

  private shape: RowShape | null = null;
  private columnList: Column[] | null = null;
  private raw: JsonBuffer | null = null;

  constructor(
    private readonly home: ResultHome,
    private out: JsonBuffer,
    private readonly plan: PlannedStatement,
    private readonly rowsMax: number,
    private readonly budget: ByteBudget,
    readonly statement?: number,
  ) {
    out.clear();
  }

  columns(bytes: Buffer, start: number, end: number): void {
    const key = shapes.keyOf(bytes, start, end, this.plan.rowsAsArrays);
    const cached = key === null ? undefined : shapes.get(key);
    if (cached) return this.open(cached);
    const columns = readColumns(bytes, start);
    const oids = columns.map((column) => column.typeOid);
    this.missingTypes = this.home.types.missing(oids);
    this.columnList = columns;
    if (this.missingTypes.length > 0) {
      this.raw = new JsonBuffer();
      this.home.held = true;
      return;
    }
    const shape = this.makeShape(columns);
    if (key !== null && oids.every((oid) => oid < FIRST_CHANGING_OID)) shapes.set(key, shape);
    this.open(shape);
  }

  wantsRow(length: number): number {
    const fits = length * SHRINK_MAX <= this.budget.left;
    return fits && !this.tooLarge && this.rows < this.rowsMax ? length : 0;
  }

  row(bytes: Buffer, start: number, end: number): void {
    if (this.rows >= this.rowsMax) {
      this.truncated = true;
      return;
    }
    if (this.tooLarge || start === end) {
      this.overflow();
      return this.home.discard(end - start);
    }
    if (this.raw) this.keepRaw(this.raw, bytes, start, end);
    else this.writeRow(bytes, start);
  }

  complete(tag: string | null): void {
    this.completedAt = performance.now();
    if (tag === null) {
      this.command = this.plan.command;
      this.rowCount = this.rows;
      return;
    }
    const { command, rowCount } = readCommandTag(tag);
    this.command = command;
    this.rowCount = rowCount ?? (tag === '' || this.columnList || this.shape ? this.rows : null);
  }

  /** A single statement's answer is finished here, while the buffer is surely its own. */
  committed(): void {
    if (this.tooLarge || this.raw) return;
    this.body = this.seal(performance.now() - this.home.startedAt);
  }

  /** Turns kept rows to JSON, once `missingTypes` are learnt. */
  render(): void {
    const { raw, columnList } = this;
    if (!raw || !columnList) return;
    this.raw = null;
    this.out = new JsonBuffer();
    this.open(this.makeShape(columnList));
    const rows = raw.take();
    this.budget.left += rows.length;
    this.rows = 0;
    for (let at = 0; at < rows.length && !this.tooLarge;) {
      const length = rows.readUInt32BE(at);
      this.writeRow(rows, at + 4);
      at += 4 + length;
    }
  }

  /** The result as JSON, closed with what is known at its end. */
  seal(durationMs: number): Buffer {
    if (!this.shape) this.out.ascii('{"fields":[],"rows":[');
    this.out.ascii(
      `],"command":"${this.command}","rowCount":${this.rowCount},"truncated":${this.truncated},` +
        `"rowLimit":${this.rowsMax},"durationMs":${milliseconds(durationMs)}}`,
    );
    return this.out.take();
  }

  private makeShape(columns: Column[]): RowShape {
    const types = columns.map((column) => this.home.types.get(column.typeOid));
    return rowShape(columns, types, this.plan.rowsAsArrays);
  }

  private open(shape: RowShape): void {
    this.shape = shape;
    this.out.ascii('{"fields":');
    this.out.text(shape.fieldsJson);
    this.out.ascii(',"rows":[');
  }

  private writeRow(bytes: Buffer, start: number): void {
    const { out } = this;
    const before = out.at;
    out.limit = before + this.budget.left;
    try {
      if (this.rows > 0) out.byte(COMMA);
      writeRow(this.shape!, out, bytes, start);
    } catch (error) {
      if (error !== OVERFLOW) throw error;
      return this.overflow();
    }
    out.limit = Infinity;
    this.rows++;
    this.budget.left -= out.at - before;
    if (this.budget.left < 0) this.overflow();
  }

  private keepRaw(raw: JsonBuffer, bytes: Buffer, start: number, end: number): void {
    raw.reserve(4 + end - start);
    raw.bytes.writeUInt32BE(end - start, raw.at);
    raw.at += 4;
    raw.copy(bytes, start, end);
    this.rows++;
    this.budget.left -= 4 + end - start;
    if (this.budget.left < 0) this.overflow();
  }

  private overflow(): void {
    this.tooLarge = true;
    this.out.clear();
    this.raw?.clear();
  }
}

const COMMA = 0x2c;

/** Below it object ids are the same in every database of every version. */
const FIRST_CHANGING_OID = 10_000;

/** To the microsecond; more digits would be noise. */
export function milliseconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}
