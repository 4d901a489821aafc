import type { KeyRole } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** Who may do what in which database, as the guard found it. */
export interface DatabaseAccess {
  route: DatabaseRoute;
  role: KeyRole;
  /** By the owner's account token, not by a key. */
  isOwner: boolean;
}

export interface RequestWithAccess {
  databaseAccess: DatabaseAccess;
}

export const Access = createParamDecorator(
  (_: unknown, context: ExecutionContext): DatabaseAccess =>
    context.switchToHttp().getRequest<RequestWithAccess>().databaseAccess,
);

/** @throws AppError `role_not_allowed` */
export function needAdmin(access: DatabaseAccess): void {
  if (access.role === 'admin') return;
  throw new AppError(
    'role_not_allowed',
    `This needs a key of role admin; this one is ${access.role}.`,
  );
}

/** @throws AppError `role_not_allowed` */
export function needOwner(access: DatabaseAccess): void {
  if (access.isOwner) return;
  throw new AppError(
    'role_not_allowed',
    "This needs the owner's account token (hdt_…), not a key.",
  );
}
