/**
 * Effect: the operation's row ends FAILED or CANCELLED with the reason, and the tenant of a provisioning that was cancelled and taken back is
 * gone; then a provisioning that failed is told to the world, and the end is audited.
 * Idempotent: the same end is written again, the ids of event and audit record derive from the operation and its run.
 * Converges: the row comes first, so that nobody who is told late, or not at all, keeps it open. Retried without limit; a run that is not
 * the newest has nothing to close.
 */
import type { AdmittedOperation } from '../../projection/interface.ts';
import { TenantError } from '../../tenant/errors.ts';
import { tenantEvent } from '../../tenant/events.ts';
import { isProvisioning } from '../../tenant/lifecycle.ts';
import type { CloseOperationInput } from '../../tenant/operations.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const closeOperation = ({ connectors: { audit, events }, projection }: ActivityDependencies) => (input: CloseOperationInput): Promise<{ closed: boolean }> =>
  inActivity(input, async (run) => {
    const { kind, end, reason } = input;
    const removesTenant = kind === 'PROVISIONING' && input.undone;
    const operation = await projection.closeOperation(run, { status: end, failureReason: reason, removesTenant }).catch(notOurs);
    if (!operation) return { closed: false };

    if (isProvisioning(kind) && !removesTenant) await events.publish(failedEvent(operation, reason));
    const { tenantId, tenant: { slug, status } } = operation;
    await audit.record({
      tenantId, eventType: `TENANT_${kind}_${end}`, action: kind, actorId: operation.actor, resourceType: 'TENANT', resourceId: tenantId,
      correlationId: endId(operation), success: end === 'CANCELLED', newState: removesTenant ? 'REMOVED' : status, metadata: { slug, reason },
    });
    return { closed: true };
  });

/** Every run's end is one of its own: a retry that fails again must not be dropped as a repetition. */
const endId = ({ operationId, runId }: AdmittedOperation): string => `${operationId}:${runId}`;

const failedEvent = (operation: AdmittedOperation, reason: string) =>
  tenantEvent('TENANT_PROVISIONING_FAILED', endId(operation), operation.tenant, { reason });

const notOurs = (error: unknown): undefined => {
  if (error instanceof TenantError && (error.failureClass === 'SUPERSEDED' || error.failureClass === 'CONFLICT')) return undefined;
  throw error;
};
