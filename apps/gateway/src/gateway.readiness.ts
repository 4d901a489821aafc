import { Readiness } from '@howdah/http';
import { ChangeFeed, DataSource } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';

@Injectable()
export class GatewayReadiness extends Readiness {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(ChangeFeed) private readonly feed: ChangeFeed,
  ) {
    super();
  }

  override async check(): Promise<void> {
    await this.source.query('select 1');
    if (!this.feed.healthy) throw new Error('the feed of changes is not connected');
  }
}
