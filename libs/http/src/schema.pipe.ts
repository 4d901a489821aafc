import { AppError } from '@howdah/kernel';
import type { RequestProblem } from '@howdah/contracts';
import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';

/** `@Body(new SchemaPipe(SignUp))`: what does not fit is told field by field. */
export class SchemaPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(private readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    return parseWith(this.schema, value);
  }
}

const PROBLEMS_MAX = 10;
const TOLD_MAX = 1_000;

/** @throws AppError `invalid_request` with a list of problems. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, PROBLEMS_MAX).map((issue): RequestProblem => ({
    path: issue.path.map(String).join('.'),
    problem: issue.message.slice(0, TOLD_MAX),
  }));
  const told = problems.map(({ path, problem }) => (path ? `${path}: ${problem}` : problem));
  const list = told.join('; ').slice(0, TOLD_MAX);
  throw new AppError('invalid_request', `The request is not valid: ${list}.`, {
    problems,
  });
}
