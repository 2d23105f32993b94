import type { AdmittedOperation, Projection, TenantChange } from '../../projection/interface.ts';

/**
 * Forgets what a teardown removed: what takes its name from now on never was this tenant's. A deletion forgets nothing before its end, so
 * that its residue scan and a repetition of its steps know all of the tenant's names.
 */
export const forget = async (projection: Projection, operation: AdmittedOperation, change: TenantChange): Promise<void> => {
  if (operation.kind !== 'DELETION') await projection.updateTenant(operation, change);
};
