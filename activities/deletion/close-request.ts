/**
 * Effect: the deletion request has ended without touching the tenant, and the record says why.
 * Idempotent and converging: a request that has ended stays as it is.
 */
import type { CloseDeletionRequestInput, DeletionWaitResult } from '../../tenant/deletion.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';
import { recordRequest } from './audit-records.ts';

export const closeDeletionRequest = ({ connectors, projection }: ActivityDependencies) =>
  (input: CloseDeletionRequestInput): Promise<DeletionWaitResult> => inActivity(input, async () => {
    const { tenantId, slug, originalRunId, state } = input;
    const reason = state === 'REFUSED' ? await projection.deletions.running(tenantId) ?? `another run of ${slug} is open` : undefined;
    await projection.deletions.close(originalRunId, state, reason ?? null);
    await recordRequest(connectors.audit, input, 'TENANT_DELETION_CALLED_OFF', { by: 'tenant-service', state, ...(reason && { reason }) });
    return { result: state, ...(reason !== undefined && { reason }) };
  });
