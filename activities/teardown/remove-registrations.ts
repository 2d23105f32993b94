/**
 * Effect: the IAM has no user of the tenant, the infrastructure-service no registration.
 * Idempotent: users are found by the tenant's id, which no other tenant ever has; what is gone counts as removed.
 * Converges: the next attempt lists the users that are left.
 */
import type { OperationInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const removeRegistrations = (dependencies: ActivityDependencies) => {
  const { connectors: { iam, infrastructure } } = dependencies;
  return phaseActivity(dependencies, 'REMOVE_REGISTRATIONS', async ({ operation: { tenant } }, _input: OperationInput) => {
    const users = await iam.listUsers(tenant.id);
    for (const user of users) await iam.removeUser(user);
    await infrastructure.unregister(tenant.id);
    return { users: users.length };
  });
};
