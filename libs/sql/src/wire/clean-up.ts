import { FrontendWriter } from './frontend-writer';

/** Sync, then back to the startup values: settings, role, temp tables, LISTEN, prepared statements. */
export const END_AND_CLEAN = new FrontendWriter().sync().query('DISCARD ALL').take();
/** After a read-only transaction, which it ends too: a failed one is rolled back by COMMIT as well. */
export const COMMIT_AND_CLEAN = new FrontendWriter()
  .sync()
  .query('COMMIT')
  .query('DISCARD ALL')
  .take();
/** After one that must leave nothing: before Postgres 16 large objects are written in it all the same. */
export const ROLLBACK_AND_CLEAN = new FrontendWriter()
  .sync()
  .query('ROLLBACK')
  .query('DISCARD ALL')
  .take();
/** The same after a failure inside BEGIN. */
export const UNDO_AND_CLEAN = new FrontendWriter()
  .sync()
  .query('ROLLBACK')
  .query('DISCARD ALL')
  .take();
/** Undoes statements that run in the transaction every pipeline is by itself, without BEGIN. */
export const UNDO_IMPLICIT_AND_CLEAN = new FrontendWriter()
  .command('ROLLBACK')
  .sync()
  .query('ROLLBACK')
  .query('DISCARD ALL')
  .take();
/** ReadyForQuery messages that answer either. */
export const UNDO_READIES = 3;
