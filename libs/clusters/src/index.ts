export { Cluster } from './cluster';
export type { ClusterOptions } from './cluster-context';
export { CREATION_STEPS, type CreationStep } from './creation-steps';
export type { ClusterTier } from './probe/judge';
export type { ClusterFacts } from './probe/probe-cluster';
export type { BackendId, OverdueBackend, Reaper, SlowAnalyze } from './reaper';
export type { ObjectCounts } from './storage/metering';
export type { Tenant, TenantNames } from './tenant/tenant';
