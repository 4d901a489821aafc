const AT_ONCE_MAX = 8;
/** Whoever takes longer waits for something, and keeps neither this process nor a cluster at work. */
const LATE_MS = 250;
/** Of the cap, for logins that one cluster does not answer. */
const CLUSTER_SHARE = 1 / 4;

/**
 * Logins under way. Few go at once, or a burst of them would make each too late. One that is late
 * gives its place to the next, but a cluster has only so many: one that answers nobody does not take
 * the connections of the others.
 */
export class Handshakes {
  private readonly clusterMax: number;
  private readonly byCluster = new Map<string, number>();
  private fresh = 0;

  /** `onPlace` is told when another may begin. */
  constructor(
    connectionsMax: number,
    private readonly onPlace: () => void,
  ) {
    this.clusterMax = Math.max(AT_ONCE_MAX, Math.floor(connectionsMax * CLUSTER_SHARE));
  }

  get mayBegin(): boolean {
    return this.fresh < AT_ONCE_MAX;
  }

  mayBeginAt(clusterId: string): boolean {
    return this.mayBegin && this.countAt(clusterId) < this.clusterMax;
  }

  /** Answers what `handshake` does. */
  async run<T>(clusterId: string, handshake: () => Promise<T>): Promise<T> {
    let fresh = true;
    const giveUpPlace = () => {
      if (fresh) this.fresh--;
      fresh = false;
    };
    const timer = setTimeout(() => {
      giveUpPlace();
      this.onPlace();
    }, LATE_MS);
    this.fresh++;
    this.count(clusterId, 1);
    try {
      return await handshake();
    } finally {
      clearTimeout(timer);
      giveUpPlace();
      this.count(clusterId, -1);
      this.onPlace();
    }
  }

  private countAt(clusterId: string): number {
    return this.byCluster.get(clusterId) ?? 0;
  }

  private count(clusterId: string, by: number): void {
    const count = this.countAt(clusterId) + by;
    if (count > 0) this.byCluster.set(clusterId, count);
    else this.byCluster.delete(clusterId);
  }
}
