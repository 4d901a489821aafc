/** First bytes of the messages that Postgres sends (its documentation, chapter 54.7). */
export const messageKind = {
  rowDescription: 0x54,
  dataRow: 0x44,
  commandComplete: 0x43,
  portalSuspended: 0x73,
  emptyQuery: 0x49,
  error: 0x45,
  ready: 0x5a,
  copyIn: 0x47,
  copyOut: 0x48,
  copyBoth: 0x57,
  parameterStatus: 0x53,
  notice: 0x4e,
  notification: 0x41,
} as const;

/** What ReadyForQuery says of the transaction. */
export const transactionStatus = {
  idle: 0x49,
  open: 0x54,
  failed: 0x45,
} as const;
