/** The server process behind a connection: what it takes to cancel or end it. */
export interface Backend {
  clusterId: string;
  host: string;
  port: number;
  role: string;
  processId: number;
  secretKey: number;
}
