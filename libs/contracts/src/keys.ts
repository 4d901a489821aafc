import { z } from 'zod';
import { Name } from './text';

/** What a key may do in its database: `read` selects, `write` changes rows, `admin` also changes the schema. */
export const KeyRole = z.enum(['read', 'write', 'admin']);
export type KeyRole = z.output<typeof KeyRole>;

/**
 * Where a key may be used from: `web` from pages of its origins; `userscript` from any page,
 * `null` and extension origins included; `server` from anything but a browser.
 */
export const KeyClass = z.enum(['web', 'userscript', 'server']);
export type KeyClass = z.output<typeof KeyClass>;

const ORIGIN =
  /^(\*|https?:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?|https?:\/\/\[[0-9a-f:]+\](:\d{1,5})?)$/;

/** `https://app.example.com`, `https://*.example.com`, or `*` for any page. */
export const OriginPattern = z
  .string()
  .max(255)
  .regex(
    ORIGIN,
    'must be an origin such as https://app.example.com or https://*.example.com, or *',
  );

const origins = z.array(OriginPattern).min(1).max(50);

/** `POST /v1/databases/{id}/keys`. Origins belong to `web` keys and default to any page. */
export const CreateKey = z
  .strictObject({
    role: KeyRole,
    class: KeyClass.default('web'),
    origins: origins.optional(),
    name: Name.optional(),
  })
  .refine((key) => key.class === 'web' || key.origins === undefined, {
    path: ['origins'],
    message: 'belongs to keys of class web; a userscript or server key has none',
  });
export type CreateKey = z.output<typeof CreateKey>;

/** A key as it is listed: all but its secret. */
export interface KeyView {
  id: string;
  name: string | null;
  role: KeyRole;
  class: KeyClass;
  origins: string[];
  createdAt: string;
  /** Exact to a minute; null when the key was never used. */
  lastUsedAt: string | null;
}

/** A key as it is made: the only time its secret is seen. */
export interface NewKeyView extends KeyView {
  secret: string;
}
