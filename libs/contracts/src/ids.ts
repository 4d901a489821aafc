import { z } from 'zod';

const SUFFIX = '[0-7][0-9a-hjkmnp-tv-z]{25}';

/** A TypeID (https://github.com/jetify-com/typeid): prefix, `_`, 26 characters of base 32. */
const typeId = <P extends string>(prefix: P) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${SUFFIX}$`), `must be an id that starts with ${prefix}_`)
    .transform((value) => value as `${P}_${string}`);

export const DatabaseId = typeId('db');
export const KeyId = typeId('key');

export type DatabaseId = z.output<typeof DatabaseId>;
export type KeyId = z.output<typeof KeyId>;
