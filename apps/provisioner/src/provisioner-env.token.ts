/** Injects the process's `ProvisionerEnv`. */
export const PROVISIONER_ENV = Symbol('ProvisionerEnv');
