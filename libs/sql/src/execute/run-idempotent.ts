import { createHash } from 'node:crypto';
import type { BatchView, KeyRole, ResultView, SqlRequest } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';
import { responseTooLarge } from '../errors/request-error';
import type { Plan } from '../plan/plan-request';
import type { Connection } from '../pool/connection';
import { END_AND_CLEAN } from '../wire/clean-up';
import { frontendWriter } from '../wire/frontend-writer';
import { SILENT, type Slot } from '../wire/slot';
import type { Outcome } from './outcome';
import { NO_FRAME, runStatements } from './run-pipeline';
import { TextRows } from '../wire/text-rows';

const STORED_BYTES_MAX = 1024 * 1024;
/** Stored as bytea, of which the text is hex. */
const STORED_TEXT_MAX = 2 * STORED_BYTES_MAX + 64 * 1024;
const ABOUT = 'howdah.requests, the table that keeps answers by Idempotency-Key';
const OWN: Slot = { ...SILENT, about: ABOUT };

/** Old keys go a hundred at a time, past those another request is just removing. */
const FORGET = `
  delete from only howdah.requests
   where created_at < pg_catalog.now() - interval '24 hours'
     and (key = $1 or key in (
       select key from only howdah.requests
        where created_at < pg_catalog.now() - interval '24 hours'
        limit 100 for update skip locked))`;
/** Waits for a request under way with the same key. */
const CLAIM = `
  insert into howdah.requests (key, fingerprint) values ($1, $2) on conflict (key) do nothing`;
const LOOK = `
  select fingerprint, response from only howdah.requests
   where key = $1 and created_at >= pg_catalog.now() - interval '24 hours'`;
const STORE = `update only howdah.requests set response = $2 where key = $1`;

export interface IdempotentOutcome extends Outcome {
  replayed: boolean;
}

/** Equal for equal requests only; the role is part of it, for it decides what a request may do. */
export function requestFingerprint(body: SqlRequest, role: KeyRole): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([role, body]))
    .digest();
}

/**
 * Runs a request once a key: its answer is stored in the customer's database in the transaction
 * that does its work, and a repeat within 24 hours is given that answer. Throws
 * `idempotency_mismatch` when the key came with another request.
 */
export async function runIdempotent(
  connection: Connection,
  plan: Plan,
  key: string,
  fingerprint: Buffer,
): Promise<IdempotentOutcome> {
  try {
    const stored = await claim(connection, plan, key, fingerprint);
    if (stored !== null) {
      await connection.conclude(ending('COMMIT'), [SILENT]);
      return replayOf(stored);
    }
    const outcome = await runStatements(connection, plan, NO_FRAME);
    if (outcome.body.length > STORED_BYTES_MAX) {
      throw responseTooLarge(STORED_BYTES_MAX, 'with an Idempotency-Key nothing was kept');
    }
    await connection.conclude(
      frontendWriter()
        .statement(STORE, [key, byteaText(outcome.body)], 0)
        .command('COMMIT')
        .append(END_AND_CLEAN)
        .take(),
      [OWN, SILENT],
    );
    return { ...outcome, replayed: false };
  } catch (error) {
    connection.undo(true);
    throw error;
  }
}

/**
 * For a database over its quota, whose keys cannot be stored without growth, nor dropped in
 * silence: a repeat is given its answer, and any other request may only read.
 */
export async function replayOrRead(
  connection: Connection,
  plan: Plan,
  key: string,
  fingerprint: Buffer,
): Promise<IdempotentOutcome> {
  const found = new TextRows(STORED_TEXT_MAX, ABOUT);
  try {
    const writer = frontendWriter().begin(plan.begin!, true).statement(LOOK, [key], 1).flush();
    await connection.exchange(writer.take(), [SILENT, found]);
    const none = found.rows.length === 0 && !found.tooLarge;
    const outcome = none
      ? { ...(await runStatements(connection, plan, NO_FRAME)), replayed: false }
      : replayOf(storedAnswer(found, byteaText(fingerprint)));
    await connection.conclude(ending(plan.end), [SILENT]);
    return outcome;
  } catch (error) {
    connection.undo(true);
    throw error;
  }
}

function replayOf(body: Buffer): IdempotentOutcome {
  return { body, truncated: wasTruncated(body), rowCount: 0, replayed: true };
}

/** The stored answer of an earlier request, or null when this one is the first. */
async function claim(
  connection: Connection,
  plan: Plan,
  key: string,
  fingerprint: Buffer,
): Promise<Buffer | null> {
  const fingerprintText = byteaText(fingerprint);
  const claimed = new TextRows(STORED_TEXT_MAX, ABOUT);
  const found = new TextRows(STORED_TEXT_MAX, ABOUT);
  const bytes = frontendWriter()
    .command(plan.begin ?? 'BEGIN')
    .statement(FORGET, [key], 1)
    .statement(CLAIM, [key, fingerprintText], 1)
    .statement(LOOK, [key], 1)
    .flush()
    .take();
  await connection.exchange(bytes, [SILENT, OWN, claimed, found]);
  return claimed.tag === 'INSERT 0 1' ? null : storedAnswer(found, fingerprintText);
}

/** Throws `idempotency_mismatch` when it was stored for another request. */
function storedAnswer(found: TextRows, fingerprintText: string): Buffer {
  if (found.tooLarge) throw responseTooLarge(STORED_BYTES_MAX, 'it was not stored by Howdah');
  const [storedFingerprint, response] = found.rows[0] ?? [];
  if (storedFingerprint !== fingerprintText || !response) {
    throw new AppError(
      'idempotency_mismatch',
      'This Idempotency-Key was already used with another request.',
    );
  }
  return Buffer.from(response.slice(2), 'hex');
}

function ending(command: Plan['end']): Buffer {
  return frontendWriter().command(command).append(END_AND_CLEAN).take();
}

function byteaText(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}

/** What the first answer said in its header. A replay is rare, so its body may be read for it. */
function wasTruncated(body: Buffer): boolean {
  try {
    const answer = JSON.parse(body.toString()) as ResultView | BatchView;
    const results = 'results' in answer ? answer.results : [answer];
    return results.some(({ truncated }) => truncated);
  } catch {
    throw new AppError('query_failed', `${ABOUT}: the stored answer is none of Howdah's.`);
  }
}
