export type { DatabasePlace, DatabaseRoute, PlanLimits } from './database-route';
