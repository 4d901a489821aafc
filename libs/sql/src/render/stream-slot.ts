import { isUtf8 } from 'node:buffer';
import type { PlannedStatement } from '../plan/plan-request';
import type { Slot } from '../wire/slot';
import { checkUtf8 } from './check-utf8';
import { readCommandTag } from './command-tag';
import { JsonBuffer, OVERFLOW } from './json-buffer';
import { readColumns, rowShape, writeRow, type Column, type RowShape } from './row-shape';
import type { TypeCatalog } from './type-catalog';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Takes finished lines. */
export type LineSink = (lines: Buffer) => void;

/**
 * A result as NDJSON, a chunk of lines at a time: the fields, then a line a row. Until the first
 * rows with unknown types are rendered they are kept, one portal fetch at most.
 */
export class StreamSlot implements Slot {
  rows = 0;
  truncated = false;
  tooLarge = false;
  /** More rows wait in the portal. */
  suspended = false;
  command = '';
  rowCount: number | null = null;
  missingTypes: number[] = [];

  private readonly out = new JsonBuffer();
  private columnList: Column[] = [];
  private shape: RowShape | null = null;
  private raw: Buffer[] = [];

  constructor(
    private readonly types: TypeCatalog,
    private readonly plan: PlannedStatement,
    private readonly rowsMax: number,
    private readonly rowBytesMax: number,
    private readonly sink: LineSink,
  ) {}

  columns(bytes: Buffer, start: number): void {
    this.columnList = readColumns(bytes, start);
    this.missingTypes = this.types.missing(this.columnList.map((column) => column.typeOid));
    if (this.missingTypes.length === 0) this.open();
  }

  wantsRow(length: number): number {
    return this.rows < this.rowsMax && length <= this.rowBytesMax ? length : 0;
  }

  row(bytes: Buffer, start: number, end: number): void {
    if (this.rows >= this.rowsMax) this.truncated = true;
    else if (start === end) this.tooLarge = true;
    else if (this.tooLarge) return;
    else {
      this.rows++;
      if (this.shape) this.writeLine(bytes, start);
      else this.raw.push(Buffer.from(bytes.subarray(start, end)));
    }
  }

  complete(tag: string | null): void {
    this.suspended = tag === null;
    if (tag === null) {
      this.command = this.plan.command;
      this.rowCount = this.rows;
      return;
    }
    const { command, rowCount } = readCommandTag(tag);
    this.command = command;
    // The tag of a portal's last fetch counts that fetch alone.
    this.rowCount = this.columnList.length > 0 ? this.rows : rowCount;
  }

  committed(): void {}

  /** Once `missingTypes` are learnt: writes the rows that were kept for them. */
  render(): void {
    if (this.missingTypes.length === 0) return;
    this.missingTypes = [];
    this.open();
    for (const row of this.raw.splice(0)) this.writeLine(row, 0);
  }

  /** A line that is not a row; before the first row comes the line of fields. */
  writeText(line: string): void {
    if (!this.shape) this.open();
    this.out.text(line);
    this.out.ascii('\n');
  }

  /** The last line of a stream that failed, after those rows before it that can be sent. */
  writeError(line: string): void {
    if (!isUtf8(this.out.bytes.subarray(0, this.out.at))) this.out.clear();
    this.writeText(line);
    this.flush();
  }

  flush(): void {
    if (this.out.at === 0) return;
    // Whole lines, so no character is cut in two.
    const lines = this.out.take();
    checkUtf8(lines);
    this.sink(lines);
  }

  private open(): void {
    const types = this.columnList.map((column) => this.types.get(column.typeOid));
    this.shape = rowShape(this.columnList, types, this.plan.rowsAsArrays);
    this.out.text(`{"fields":${this.shape.fieldsJson}}\n`);
  }

  private writeLine(bytes: Buffer, start: number): void {
    const { out } = this;
    if (this.tooLarge) return;
    const before = out.at;
    out.limit = before + this.rowBytesMax;
    try {
      writeRow(this.shape!, out, bytes, start);
      out.byte(NEWLINE);
    } catch (error) {
      out.at = before;
      if (error !== OVERFLOW) throw error;
      this.tooLarge = true;
    } finally {
      out.limit = Infinity;
    }
    if (out.at > CHUNK_BYTES) this.flush();
  }
}
