import { DataSource } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';

/**
 * One worker at a time on one thing: an advisory lock of a control-plane session, which Postgres
 * releases by itself when the worker dies.
 */
@Injectable()
export class RowLock {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  /** Whether the work was done; false when another worker is at it. */
  async hold(name: string, work: () => Promise<void>): Promise<boolean> {
    const session = this.source.createQueryRunner();
    try {
      const [{ locked }] = (await session.query(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
        [name],
      )) as [{ locked: boolean }];
      if (!locked) return false;
      try {
        await work();
        return true;
      } finally {
        await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
      }
    } finally {
      await session.release();
    }
  }
}
