/** `bigint` columns that hold bytes: pg gives text, and 2^53 bytes are enough for anybody. */
export const wholeNumber = {
  to: (value: number): number => value,
  from: (value: string): number => Number(value),
};
