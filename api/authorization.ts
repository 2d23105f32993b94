import type { RequestHandler } from 'express';
import { type Principal, principalOf } from './authentication.ts';
import { Problem } from './problems.ts';

/** Whether the caller works for the platform, and so may read every tenant. */
export const readsAll = ({ roles }: Principal): boolean => roles.includes('platform_admin') || roles.includes('operator');

/** Refuses a read of a tenant that is not the caller's own as if it did not exist. */
export const assertMayRead = (principal: Principal, tenantId: string): void => {
  if (principal.roles.length === 0) throw new Problem('FORBIDDEN', 'the token carries no role of this platform');
  if (!readsAll(principal) && principal.tenantId !== tenantId) throw new Problem('TENANT_NOT_FOUND', `there is no tenant ${tenantId}`);
};

/** Lets platform admins through; everything that changes something is theirs. */
export const requirePlatformAdmin: RequestHandler = (_request, response, next) => {
  if (!principalOf(response).roles.includes('platform_admin')) throw new Problem('FORBIDDEN', 'the role platform_admin is needed');
  next();
};

/** Lets through who may read what is not one tenant's. */
export const requirePlatformReader: RequestHandler = (_request, response, next) => {
  if (!readsAll(principalOf(response))) throw new Problem('FORBIDDEN', 'the role platform_admin or operator is needed');
  next();
};
