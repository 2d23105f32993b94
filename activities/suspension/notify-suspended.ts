/**
 * Effect: the tenant's admin is told of the suspension.
 * Idempotent: the notification's correlation id is that of the event, and is sent once.
 */
import { notifyAdmin } from '../notify-admin.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const notifySuspended = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'NOTIFY_SUSPENDED', async ({ operation }) => notifyAdmin(dependencies, operation, {
    template: 'tenant-suspended',
    subject: `${operation.tenant.name} has been suspended`,
    event: 'TENANT_SUSPENDED',
  }));
