/**
 * Effect: TENANT_SUSPENDED is published, and there is an audit record.
 * Idempotent: both carry ids that derive from the operation.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { publishStatus } from '../publish-status.ts';

export const publishSuspended = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'PUBLISH_SUSPENDED', async ({ operation }) => publishStatus(dependencies, operation, {
    event: 'TENANT_SUSPENDED', action: 'SUSPEND', from: 'ACTIVE', to: 'SUSPENDED',
  }));
