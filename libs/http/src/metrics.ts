import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What Prometheus reads at `/metrics`; each process adds its own to `registry`. */
export class Metrics {
  /** A child for each pair of labels: making its key anew would cost every request. */
  private readonly children = new Map<string, Histogram.Internal<'route' | 'status'>>();
  readonly registry = new Registry();
  private readonly requestSeconds: Histogram<'route' | 'status'>;

  constructor(processName: string) {
    this.registry.setDefaultLabels({ process: processName });
    collectDefaultMetrics({ register: this.registry });
    this.requestSeconds = new Histogram({
      name: 'howdah_http_request_seconds',
      help: 'Time from a request to its answer',
      labelNames: ['route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers: [this.registry],
    });
  }

  /** Counts an answer of a route. */
  answered(route: string, status: number, seconds: number): void {
    const key = `${status} ${route}`;
    let child = this.children.get(key);
    if (!child) {
      child = this.requestSeconds.labels(route, String(status));
      this.children.set(key, child);
    }
    child.observe(seconds);
  }
}
