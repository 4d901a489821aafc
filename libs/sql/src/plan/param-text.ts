import type { Param } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';
import { arrayLiteral } from './array-literal';

/** The count is a 16-bit field of the protocol's Bind message. */
const PARAMS_MAX = 65_535;
const LONE_SURROGATE = /\p{Surrogate}/u;

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
    const text = Array.isArray(param)
      ? arrayLiteral(param, (element) => scalarText(element, at))
      : scalarText(param, at);
    checkText(text, at);
    return text;
  });
}

function scalarText(param: Exclude<Param, Param[] | null>, at: string): string {
  switch (typeof param) {
    case 'string':
      return param;
    case 'number':
      return numberText(param, at);
    case 'boolean':
      return param ? 'true' : 'false';
    default:
      return JSON.stringify(param);
  }
}

/**
 * A number past 2^53 has been rounded by the JSON parser before we saw it, so it is refused
 * rather than stored wrong.
 */
function numberText(value: number, at: string): string {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) {
    return String(value);
  }
  throw new AppError(
    'invalid_request',
    `${at} is a number that JSON cannot carry exactly; send it as a string.`,
    { problems: [{ path: at, problem: 'is not a safe integer' }] },
  );
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
  if (LONE_SURROGATE.test(text)) {
    throw new AppError('invalid_text', `${where} holds half a surrogate pair, which is no text.`, {
      at: where,
    });
  }
}
