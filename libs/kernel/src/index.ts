export { AppError, type ErrorDetails } from './app-error';
export { Clock, SystemClock } from './clock';
export { newId, type Id } from './id';
export { EnvError, loadEnv } from './load-env';
export { portEnv, processEnv } from './process-env';
export {
  clusterSecret,
  randomName,
  REAPER_ROLE,
  rolePassword,
  tenantRoles,
  type TenantRoles,
} from './tenant-roles';
