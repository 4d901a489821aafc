/** Those that answer requests, in the order they are told of. */
export const SERVICES = /** @type {const} */ (['gateway', 'provisioner', 'billing']);

/** @typedef {typeof SERVICES[number]} ServiceName */

/**
 * @typedef {object} ServiceSettings
 * @property {Record<ServiceName, number>} ports
 * @property {string} databaseUrl of the control plane, for the role `howdah`
 * @property {string} adminUrl of the one cluster, for its superuser; the provisioner alone gets it
 * @property {string} clusterSecret
 * @property {string} [operatorToken] opens the gateway's `/v1/operator`
 * @property {string} [redisUrl]
 * @property {string} [nodeEnv] default development
 * @property {string} [logLevel] default info
 * @property {number} [warmPoolSize] default 5
 */

/**
 * What a process of ours reads from its environment; each gets what it needs and no more.
 *
 * @param {ServiceName | 'migrator'} name
 * @param {ServiceSettings} settings
 * @returns {Record<string, string>}
 */
export function serviceEnv(name, settings) {
  const { databaseUrl, redisUrl, nodeEnv = 'development', logLevel = 'info' } = settings;
  const common = { DATABASE_URL: databaseUrl, NODE_ENV: nodeEnv, LOG_LEVEL: logLevel };
  if (name === 'migrator') return common;
  const port = settings.ports[name];
  return {
    ...common,
    HOST: 'localhost',
    PORT: String(port),
    ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    ...particularEnv(name, port, settings),
  };
}

/** @returns {Record<string, string>} */
function particularEnv(
  /** @type {ServiceName} */ name,
  /** @type {number} */ port,
  /** @type {ServiceSettings} */ settings,
) {
  const { adminUrl, clusterSecret: CLUSTER_SECRET, warmPoolSize = 5 } = settings;
  if (name === 'gateway') {
    const { operatorToken } = settings;
    const PUBLIC_URL = `http://localhost:${port}`;
    return {
      CLUSTER_SECRET,
      PUBLIC_URL,
      ...(operatorToken ? { OPERATOR_TOKEN: operatorToken } : {}),
    };
  }
  if (name === 'billing') return {};
  return {
    CLUSTER_SECRET,
    CLUSTERS: JSON.stringify([{ name: 'local', adminUrl }]),
    WARM_POOL_SIZE: String(warmPoolSize),
  };
}
