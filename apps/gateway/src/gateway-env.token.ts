/** Injects the process's `GatewayEnv`. */
export const GATEWAY_ENV = Symbol('GatewayEnv');
