/** An answer's JSON, and what is told of it in headers and counts. */
export interface Outcome {
  body: Buffer;
  truncated: boolean;
  rowCount: number;
}
