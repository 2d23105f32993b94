/**
 * Effect: TENANT_ACTIVATED is published, and there is an audit record.
 * Idempotent: both carry ids that derive from the operation.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { publishStatus } from '../publish-status.ts';

export const publishActivated = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'PUBLISH_ACTIVATED', async ({ operation }) => publishStatus(dependencies, operation, {
    event: 'TENANT_ACTIVATED', action: 'ACTIVATE', from: 'SUSPENDED', to: 'ACTIVE',
  }));
