/**
 * Effect: messages about the reactivation are delivered, or wait in the outbox.
 * Idempotent and convergent: a delivered message is not sent again.
 */
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const publishActivated = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'PUBLISH_ACTIVATED', async ({ operation: { tenantId } }) => ({ delivered: await deliverAtOnce(dependencies, tenantId) }));
