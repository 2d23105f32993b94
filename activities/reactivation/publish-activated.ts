/**
 * Effect: what tells of the reactivation is out, or goes out as soon as its receivers take it.
 * Idempotent and convergent: a message that is out is not sent again.
 */
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const publishActivated = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'PUBLISH_ACTIVATED', async ({ operation: { tenantId } }) => ({ delivered: await deliverAtOnce(dependencies, tenantId) }));
