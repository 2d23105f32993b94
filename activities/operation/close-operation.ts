/**
 * Effect: the operation's row ends FAILED or CANCELLED with the reason. A cancelled provisioning that was undone removes its tenant. Event
 * and audit record are written with the row and delivered afterwards, so no receiver keeps the run open. A creation that was never admitted
 * gets its row here, so that its reason can be read.
 * Idempotent: the same end is written again. Converges: retried without limit; a run that is not the newest has nothing to close.
 */
import { TenantError } from '../../tenant/errors.ts';
import type { CloseOperationInput } from '../../tenant/operations.ts';
import { deliverAtOnce } from '../outbox.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const closeOperation = (dependencies: ActivityDependencies) => (input: CloseOperationInput): Promise<{ closed: boolean }> =>
  inActivity(input, async (run) => {
    const { kind, slug, end, reason, undone, unrestored } = input;
    const removesTenant = kind === 'PROVISIONING' && undone;
    const operation = await dependencies.projection.closeOperation(run, { status: end, failureReason: reason, removesTenant, ...(unrestored && { unrestored }) }).catch(notOurs);
    if (!operation) return { closed: kind === 'PROVISIONING' && await dependencies.projection.recordUnadmitted(run, slug, { status: end, failureReason: reason }) };
    await deliverAtOnce(dependencies, input.tenantId);
    return { closed: true };
  });

const notOurs = (error: unknown): undefined => {
  if (error instanceof TenantError && (error.failureClass === 'SUPERSEDED' || error.failureClass === 'CONFLICT')) return undefined;
  throw error;
};
