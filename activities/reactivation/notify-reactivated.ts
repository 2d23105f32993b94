/**
 * Effect: the tenant's admin is told of the reactivation.
 * Idempotent: the notification's correlation id is that of the event, and is sent once.
 */
import { notifyAdmin } from '../notify-admin.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const notifyReactivated = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'NOTIFY_REACTIVATED', async ({ operation }) => notifyAdmin(dependencies, operation, {
    template: 'tenant-reactivated',
    subject: `${operation.tenant.name} is active again`,
    event: 'TENANT_ACTIVATED',
  }));
