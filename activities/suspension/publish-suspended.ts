/**
 * Effect: the register of the infrastructure-service has the status SUSPENDED. Messages about the suspension are delivered, or wait in the
 * outbox.
 * Idempotent and convergent: the registration is a PUT; a delivered message is not sent again.
 */
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { registrationOf } from '../registration.ts';

export const publishSuspended = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'PUBLISH_SUSPENDED', async ({ operation: { tenant } }) => {
    await dependencies.connectors.infrastructure.register(tenant.id, registrationOf(tenant));
    return { delivered: await deliverAtOnce(dependencies, tenant.id) };
  });
