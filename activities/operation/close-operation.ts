/**
 * Effect: the operation's row ends FAILED or CANCELLED with the reason; a provisioning that failed is told to the world, the tenant of one
 * that was cancelled and undone is removed. Idempotent: the same end is written again, the event's id derives from the operation.
 * Converges: until the row is closed the activity is retried without limit; a run that is not the newest has nothing to close.
 */
import type { AdmittedOperation } from '../../projection/interface.ts';
import { TenantError } from '../../tenant/errors.ts';
import { tenantEvent } from '../../tenant/events.ts';
import type { CloseOperationInput } from '../../tenant/operations.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const closeOperation = ({ connectors, projection }: ActivityDependencies) => (input: CloseOperationInput): Promise<{ closed: boolean }> =>
  inActivity(input, async (run) => {
    const operation = await projection.admit(run).catch(notOurs);
    if (!operation) return { closed: false };

    if (input.kind === 'PROVISIONING' && input.end === 'CANCELLED' && input.undone) {
      await projection.removeTenant(operation);
    } else if (input.kind === 'PROVISIONING') {
      await connectors.events.publish(failedEvent(operation, input.reason));
    }
    await projection.closeOperation(operation, { status: input.end, failureReason: input.reason });
    return { closed: true };
  });

/** Every failed run is an event of its own: a retry that fails again must not be dropped as a repetition. */
const failedEvent = (operation: AdmittedOperation, reason: string) =>
  tenantEvent('TENANT_PROVISIONING_FAILED', `${operation.operationId}:${operation.runId}`, operation.tenant, { reason });

const notOurs = (error: unknown): undefined => {
  if (error instanceof TenantError && (error.failureClass === 'SUPERSEDED' || error.failureClass === 'CONFLICT')) return undefined;
  throw error;
};
