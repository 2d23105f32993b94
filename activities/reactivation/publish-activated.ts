/**
 * Effect: the register of the infrastructure-service has the status ACTIVE, and what tells of the reactivation is out, or goes out as soon as
 * its receivers take it.
 * Idempotent and convergent: the registration is a PUT; a message that is out is not sent again.
 */
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { registrationOf } from '../registration.ts';

export const publishActivated = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'PUBLISH_ACTIVATED', async ({ operation: { tenant } }) => {
    await dependencies.connectors.infrastructure.register(tenant.id, registrationOf(tenant));
    return { delivered: await deliverAtOnce(dependencies, tenant.id) };
  });
