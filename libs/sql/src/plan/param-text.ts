import type { Param } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';
import { arrayLiteral } from './array-literal';

/** The count is a 16-bit field of the protocol's Bind message. */
const PARAMS_MAX = 65_535;
/** Deeper than any data is, and far from what the stack of ours or of Postgres holds. */
const NESTING_MAX = 1_000;

/** Parameters as the texts Postgres is sent; their types are left to the server. */
export function paramTexts(params: readonly Param[], path: string): (string | null)[] {
  if (params.length > PARAMS_MAX) {
    throw new AppError(
      'too_many_parameters',
      `A statement takes at most ${PARAMS_MAX} parameters; this one came with ${params.length}. ` +
        'Send rows as one JSON parameter and unpack it with jsonb_to_recordset.',
    );
  }
  return params.map((param, index) => {
    if (param === null) return null;
    const at = `${path}.${index}`;
    checkNested(param, [at]);
    const text = Array.isArray(param) ? arrayLiteral(param, scalarText) : scalarText(param);
    checkText(text, at);
    return text;
  });
}

function scalarText(param: Exclude<Param, Param[] | null>): string {
  switch (typeof param) {
    case 'string':
      return param;
    case 'number':
      return String(param);
    case 'boolean':
      return param ? 'true' : 'false';
    default:
      return JSON.stringify(param);
  }
}

/** `path` is where `value` stands, in parts; a path is only put together for an error. */
function checkNested(value: unknown, path: (string | number)[]): void {
  if (typeof value === 'number') return checkNumber(value, path);
  if (typeof value !== 'object' || value === null) return;
  if (path.length > NESTING_MAX) {
    throw invalidParam(path[0]!, `is nested more than ${NESTING_MAX} deep`);
  }
  const depth = path.length;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const element: unknown = value[index];
      if (typeof element === 'string' || isExact(element)) continue;
      path[depth] = index;
      checkNested(element, path);
    }
  } else {
    for (const [key, member] of Object.entries(value)) {
      path[depth] = key;
      checkNested(member, path);
    }
  }
  path.length = depth;
}

/**
 * A number past 2^53 has been rounded by the JSON parser before we saw it, and one past 1.8e308
 * is infinite, so they are refused rather than stored wrong.
 */
function checkNumber(value: number, path: readonly (string | number)[]): void {
  if (isExact(value)) return;
  throw invalidParam(
    path.join('.'),
    'is a number that JSON cannot carry exactly; send it as a string',
  );
}

function isExact(value: unknown): boolean {
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
}

function invalidParam(at: string | number, problem: string): AppError {
  return new AppError('invalid_request', `${at} ${problem}.`, {
    problems: [{ path: String(at), problem }],
  });
}

/** Postgres text is UTF-8 without U+0000, and a lone surrogate has no UTF-8. */
export function checkText(text: string, where: string): void {
  if (text.includes('\0')) {
    throw new AppError(
      'invalid_text',
      `Postgres text cannot hold the character U+0000 (${where}).`,
      {
        at: where,
      },
    );
  }
  if (!text.isWellFormed()) {
    throw new AppError('invalid_text', `${where} holds half a surrogate pair, which is no text.`, {
      at: where,
    });
  }
}
