import type { DeletionResult } from '../tenant/deletion.ts';
import type { OperationRequest } from '../tenant/operations.ts';
import { OPERATION_STEPS, TEARDOWN_STEPS } from '../tenant/steps.ts';
import { Operation } from './operation.ts';

/**
 * Deletes a tenant whose deletion was confirmed, step by step. The deletion cannot be undone, so it ignores a cancel. A failed deletion
 * leaves the tenant DELETING, and the next run continues from there.
 */
export async function deleteTenant(request: OperationRequest): Promise<DeletionResult> {
  const operation = new Operation('DELETION', request, OPERATION_STEPS.DELETION);
  const { input } = operation;

  return operation.run(async () => {
    await operation.begin();
    operation.commit();
    // Everything was removed once and yet the scan found something: what removed it is to do so again.
    const removedBefore = TEARDOWN_STEPS.every((step) => operation.isCompleted(step));
    if (removedBefore && !operation.isCompleted('SCAN_RESIDUE')) operation.repeat(TEARDOWN_STEPS);

    await operation.phase('MARK_DELETING', () => operation.activities('MARK_DELETING', { pace: 'waiting' }).markDeleting(input));
    await operation.phase('EXPORT_AUDIT', () => operation.activities('EXPORT_AUDIT', { pace: 'waiting' }).exportAudit(input));
    await operation.teardown();
    await operation.phase('SCAN_RESIDUE', () => operation.activities('SCAN_RESIDUE').scanResidue(input));
    await operation.phase('CERTIFY', () => operation.activities('CERTIFY', { pace: 'waiting' }).certify(input));
    await operation.phase('PUBLISH_DELETED', () => operation.activities('PUBLISH_DELETED').publishDeleted(input));
    return { result: 'DELETED', tenantId: input.tenantId, slug: input.slug };
  });
}
