import { AppError } from '@howdah/kernel';

/** Shorter bodies cannot hold enough to matter. */
const UNCHECKED_BYTES = 16 * 1024;
/** Numbers, texts, lists and objects together. Half a second goes by over half a million. */
const VALUES_MAX = 100_000;
const DEPTH_MAX = 25_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Refuses JSON of so many values that to parse and check them would keep everybody else waiting.
 * Looks at the bytes once, some 2 ms a megabyte, and does not care whether they are JSON.
 * @throws AppError `payload_too_large`
 */
export function checkShape(body: Buffer): void {
  if (body.length < UNCHECKED_BYTES) return;
  let values = 1;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    switch (body[at]) {
      case QUOTE:
        at = stringEnd(body, at);
        break;
      case COMMA:
        values++;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        values++;
        if (++depth > DEPTH_MAX) throw tooLarge(`is nested more than ${DEPTH_MAX} deep`);
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
    }
  }
  if (values <= VALUES_MAX) return;
  throw tooLarge(
    `has more than ${VALUES_MAX} values; send many rows as one JSON text in a parameter, and unpack ` +
      'it with jsonb_to_recordset',
  );
}

/** Of the closing quote; the end of the body where there is none. */
function stringEnd(body: Buffer, from: number): number {
  for (let at = body.indexOf(QUOTE, from + 1); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (body[at - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return body.length;
}

function tooLarge(why: string): AppError {
  return new AppError('payload_too_large', `The body ${why}.`);
}
