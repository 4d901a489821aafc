import type { Cluster } from '@howdah/clusters';
import { type MeasuredDatabase, SuspensionService, UsageRepository } from '@howdah/databases';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';
import type { ProvisionerEnv } from '../env';
import { PROVISIONER_ENV } from '../provisioner-env.token';
import { Rounds } from '../rounds';
import { MENTIONS_FREE, mentionsMax } from './mentions-max';
import { Pace } from './pace';
import { TimesWithin } from './times-within';

/** Ours are some hundred. */
const SETTINGS_MAX_BYTES = 8_192;
const HOUR_MS = 3_600_000;
const TIMES_MAX = 3;
const VACUUM_EVERY_MS = 60_000;
/** All of what may be much is read for it. */
const COUNT_MENTIONS_EVERY_MS = 10_000;

const HOARD =
  'Its settings of its own roles took more than 8 kB three times within an hour. They are kept ' +
  'where all databases of the cluster look, and count in no storage.';
const MENTIONS =
  'Privileges and policies in it name roles many thousand times. They are kept where all databases ' +
  'of the cluster look, and count in no storage.';

/**
 * Everybody may store settings for their own role, of any length, in catalogs that a cluster has
 * once. What is too much is taken away, and who goes on is suspended. So is who names roles without
 * end, which fills such a catalog too.
 *
 * Rounds of their own, in every provisioner: healing takes seconds where a tenant fights against it,
 * and measuring others must not wait for that. To heal twice is to heal.
 */
@Injectable()
export class RoleSettingsRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('settings');
  private readonly rounds: Rounds;
  private readonly excesses = new TimesWithin(HOUR_MS);
  private readonly vacuuming = new Pace(VACUUM_EVERY_MS);
  private readonly counting = new Pace(COUNT_MENTIONS_EVERY_MS);

  constructor(
    @Inject(UsageRepository) private readonly usage: UsageRepository,
    @Inject(SuspensionService) private readonly suspensions: SuspensionService,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(PROVISIONER_ENV) env: ProvisionerEnv,
  ) {
    this.rounds = new Rounds(() => this.round(), env.METER_EVERY_MS);
  }

  onApplicationBootstrap(): void {
    this.rounds.soon();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  /** A cluster that is away keeps no other from being looked at. */
  private async round(): Promise<void> {
    await Promise.all(
      this.clusters.ids.map((id) =>
        this.look(id).catch((error: Error) => this.logger.warn(`Cluster ${id}: ${error.message}`)),
      ),
    );
  }

  private async look(clusterId: string): Promise<void> {
    const cluster = this.clusters.get(clusterId);
    const settings = await cluster.roleSettings();
    const tooMuch = (name: string) => (settings.get(name) ?? 0) > SETTINGS_MAX_BYTES;
    if ([...settings.keys()].some(tooMuch)) {
      const databases = await this.usage.ofCluster(clusterId);
      await Promise.all(
        databases
          .filter(({ physicalName }) => tooMuch(physicalName))
          .map((database) => this.takeAway(cluster, database)),
      );
    }
    if (this.counting.isTurn(clusterId)) await this.countMentions(cluster);
    if (this.vacuuming.isTurn(clusterId)) await this.vacuum(cluster);
  }

  /** Suspended first: who is still inside would store it again. */
  private async takeAway(cluster: Cluster, database: MeasuredDatabase): Promise<void> {
    const { id } = database;
    const times = this.excesses.count(id, performance.now());
    this.logger.warn({ databaseId: id, times }, 'its roles keep too many settings');
    try {
      if (times >= TIMES_MAX) await this.suspensions.suspend(id, HOARD);
      await cluster.healLogins(tenantOf(database));
    } catch (error) {
      // One that is just being dropped, or that fights, keeps no other from being looked at.
      this.logger.warn(`The settings of ${id} stay: ${(error as Error).message}`);
    }
  }

  private async countMentions(cluster: Cluster): Promise<void> {
    const mentions = await cluster.roleMentions();
    if (![...mentions.values()].some((count) => count > MENTIONS_FREE)) return;
    for (const { id, physicalName, limits } of await this.usage.ofCluster(cluster.id)) {
      const count = mentions.get(physicalName) ?? 0;
      if (count <= mentionsMax(limits)) continue;
      this.logger.warn({ databaseId: id, count }, 'it names roles too often');
      await this.suspensions
        .suspend(id, MENTIONS)
        // One that is just being dropped keeps no other from being looked at.
        .catch((error: Error) => this.logger.warn(`${id} stays open: ${error.message}`));
    }
  }

  private async vacuum(cluster: Cluster): Promise<void> {
    const vacuumed = await cluster.vacuumRoleCatalogs();
    if (vacuumed.length > 0) this.logger.log({ cluster: cluster.id, vacuumed });
  }
}
