export { Cluster, type ClusterFacts, type ClusterOptions } from './cluster';
export { CREATION_STEPS, type CreationStep } from './creation-steps';
export { scramVerifier } from './scram-verifier';
export type { Tenant, TenantNames } from './tenant';
