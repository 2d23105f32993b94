import type { AdmittedOperation, Projection, TenantChange } from '../../projection/interface.ts';

/**
 * Removes records of holdings that a teardown removed. A later object of the same name was never this tenant's. A deletion keeps its
 * records until its end, because the residue scan and repeated steps need all names.
 */
export const forget = async (projection: Projection, operation: AdmittedOperation, change: TenantChange): Promise<void> => {
  if (operation.kind !== 'DELETION') await projection.updateTenant(operation, change);
};
