import { typeid } from 'typeid-js';

/** `db_01h455vb4pex5vsknk084sn02q`: typed, time-ordered, safe in a URL. */
export type Id<P extends string> = `${P}_${string}`;

export function newId<P extends string>(prefix: P): Id<P> {
  return typeid(prefix).toString() as Id<P>;
}
