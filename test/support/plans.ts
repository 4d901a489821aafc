import { type CustomerDatabase, inControl, setPlan } from './customer';

/** Columns of `plan`; one that this version does not know yet is left out. */
export type PlanNumbers = Record<string, number | boolean>;

/** Enough requests and seconds that neither is what stops an attack. */
export const PLENTY: PlanNumbers = {
  requests_per_minute: 1_000_000,
  compute_ms_per_minute: 100_000_000,
};

/** Room enough that no quota stops an attack either. */
export const ROOM: PlanNumbers = {
  size_bytes_max: 10_000_000_000,
  relations_max: 1_000_000,
  functions_max: 1_000_000,
  large_objects_max: 1_000_000,
};

/** A plan like the free one but for these numbers. */
async function makePlan(controlUrl: string, id: string, numbers: PlanNumbers): Promise<void> {
  await inControl(
    controlUrl,
    `insert into plan
     select wanted.* from plan,
       jsonb_populate_record(plan, $1::jsonb || jsonb_build_object('id', $2::text)) as wanted
     where plan.id = 'free'
     on conflict do nothing`,
    [numbers, id],
  );
}

/** Puts a database on a plan like the free one but for these numbers. */
export async function giveNumbers(
  controlUrl: string,
  database: CustomerDatabase,
  id: string,
  numbers: PlanNumbers,
): Promise<void> {
  await makePlan(controlUrl, id, numbers);
  await setPlan(controlUrl, database, id);
}
