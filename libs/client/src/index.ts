export { howdah, type Howdah, type HowdahOptions, type QueryOptions } from './howdah';
export { HowdahError, type HowdahErrorCode } from './howdah-error';
export type { QueryParam } from './encode-param';
export type { Rows } from './rows';
