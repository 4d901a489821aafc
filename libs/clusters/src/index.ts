export { Cluster, type ClusterFacts, type ClusterOptions } from './cluster';
export { CREATION_STEPS, type CreationStep } from './creation-steps';
export type { Tenant, TenantNames } from './tenant';
