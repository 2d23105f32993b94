/**
 * Effect: the deletion request has ended without touching the tenant, and its record has the reason.
 * Idempotent and converging: an ended request keeps its state.
 */
import { SERVICE } from '../../projection/deletion-requests.ts';
import type { CloseDeletionRequestInput, DeletionWaitResult } from '../../tenant/deletion.ts';
import { inActivity, type ActivityDependencies } from '../phase-activity.ts';

export const closeDeletionRequest = ({ projection: { deletions } }: ActivityDependencies) =>
  (input: CloseDeletionRequestInput): Promise<DeletionWaitResult> => inActivity(input, async () => {
    const { tenantId, slug, originalRunId, state } = input;
    const busy = async (): Promise<string> => await deletions.running(tenantId) ?? `another run of ${slug} is open`;
    const reason = input.reason ?? (state === 'REFUSED' ? await busy() : null);
    const closed = await deletions.close(originalRunId, { state, reason, actor: SERVICE });
    // A cancel may come before the request is recorded.
    const end = closed ?? { state, reason };
    return { result: end.state, ...(end.reason !== null && { reason: end.reason }) };
  });
