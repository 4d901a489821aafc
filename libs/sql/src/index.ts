export type { StreamOutcome } from './execute/stream-statement';
export { Cancellation } from './pool/cancellation';
export type { PoolStats } from './pool/connection-pools';
export { SqlRunner, type SqlAnswer, type SqlCall, type SqlRunnerOptions } from './sql-runner';
