import { z } from 'zod';

/** Text that Postgres can hold and UTF-8 can say: no U+0000, and no half of a surrogate pair. */
export const StorableText = z
  .string()
  .refine((text) => !text.includes('\0'), 'must not contain the character U+0000')
  .refine((text) => !/\p{Surrogate}/u.test(text), 'must not contain half of a surrogate pair');

/** What people call their things. */
export const Name = StorableText.trim().min(1).max(100);
