import { randomName } from '@howdah/kernel';
import type { Tx } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ClusterEntity, type ClusterTier } from './cluster.entity';
import { SpareDatabaseEntity } from './spare-database.entity';

/** A name on a cluster: of a database that is there, or of one to be made. */
export interface Placement {
  clusterId: string;
  physicalName: string;
  family: string;
}

@Injectable()
export class PlacementRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  /** Makes a cluster known to the gateways, or corrects its address. */
  async register(cluster: {
    id: string;
    name: string;
    host: string;
    port: number;
  }): Promise<string> {
    const rows = await this.source.query<{ id: string }[]>(
      `insert into cluster (id, name, host, port) values ($1, $2, $3, $4)
       on conflict (name) do update set host = excluded.host, port = excluded.port
       returning id`,
      [cluster.id, cluster.name, cluster.host, cluster.port],
    );
    return rows[0]!.id;
  }

  /** What a look at the cluster has found; see `ClusterFacts` in clusters. */
  async recordTier(id: string, tier: ClusterTier, findings: string[]): Promise<void> {
    await this.source.getRepository(ClusterEntity).update({ id }, { tier, findings });
  }

  /** The fullest cluster with room: databases are kept together, and empty servers stay empty. */
  async chooseCluster(
    among: string[],
    { needsHardened }: { needsHardened: boolean },
  ): Promise<ClusterEntity | null> {
    const rows = await this.source.query<{ id: string }[]>(
      `select c.id from cluster c
       left join lateral (
         select (select count(*) from database d where d.cluster_id = c.id and d.state <> 'deleted')
              + (select count(*) from spare_database s where s.cluster_id = c.id)
              + (select count(*) from snapshot s where s.cluster_id = c.id) as used) count on true
       where c.accepts_new and c.id = any($1) and used < c.databases_max
         and (c.tier = 'hardened' or not $2)
       order by used desc, c.id limit 1`,
      [among, needsHardened],
    );
    if (!rows[0]) return null;
    return this.source.getRepository(ClusterEntity).findOneBy({ id: rows[0].id });
  }

  /**
   * Takes a ready spare out of the warm pool, whose clusters are hardened. Of claims that race, each
   * gets another, or null.
   */
  async claimSpare(tx: Tx, among: string[]): Promise<Placement | null> {
    const [rows] = await tx.query<[Placement[], number]>(
      `delete from spare_database where physical_name = (
         select s.physical_name from spare_database s join cluster c on c.id = s.cluster_id
         where s.ready and s.cluster_id = any($1) and c.tier = 'hardened'
         order by s.created_at limit 1 for update of s skip locked)
       returning cluster_id as "clusterId", physical_name as "physicalName", family`,
      [among],
    );
    return rows[0] ?? null;
  }

  /** Writes down a spare before it is made, so that one half made is known by name. */
  async planSpare(clusterId: string): Promise<Placement> {
    const spare = { clusterId, physicalName: randomName('d'), family: randomName('f') };
    await this.source.getRepository(SpareDatabaseEntity).insert({ ...spare, ready: false });
    return spare;
  }

  async spareIsReady(physicalName: string): Promise<void> {
    await this.source.getRepository(SpareDatabaseEntity).update({ physicalName }, { ready: true });
  }

  unreadySpares(clusterIds: string[]): Promise<Placement[]> {
    return this.source.query<Placement[]>(
      `select cluster_id as "clusterId", physical_name as "physicalName", family
       from spare_database where not ready and cluster_id = any($1) order by created_at`,
      [clusterIds],
    );
  }

  async spareCount(): Promise<number> {
    return this.source.getRepository(SpareDatabaseEntity).count();
  }
}
