/**
 * Effect: the tenant has its admin user, is registered and, last, ACTIVE. TENANT_PROVISIONED, the welcome notification and the audit record
 * are written with the status, and delivered afterwards.
 * Idempotent: the admin is found by e-mail, the registration is a PUT, messages have keys derived from the operation.
 * Converges: each part can be repeated. Work after the status is retried without limit.
 */
import { effectId } from '../../tenant/events.ts';
import { auditMessage, eventMessage } from '../../tenant/messages.ts';
import { zoneOf } from '../../tenant/names.ts';
import type { OperationInput } from '../../tenant/operations.ts';
import { adminMessage } from '../notify-admin.ts';
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { registrationOf } from '../registration.ts';

export const activate = (dependencies: ActivityDependencies) => {
  const { connectors: { azureDns, iam, infrastructure }, projection } = dependencies;
  return phaseActivity(dependencies, 'ACTIVATE', async ({ operation }, _input: OperationInput) => {
    const { operationId, tenant: { id: tenantId, adminEmail, name, slug, tier } } = operation;
    const url = `https://${zoneOf(slug, azureDns.parentZone)}`;

    // The name may change between two attempts. A request with another body needs another key.
    const admin = await iam.ensureAdmin({ tenantId, email: adminEmail, name, idempotencyKey: effectId(operationId, `admin:${name}`) });
    await infrastructure.register(tenantId, registrationOf({ ...operation.tenant, status: 'ACTIVE' }));
    await projection.updateTenant(operation, { status: 'ACTIVE' }, (tenant) => [
      eventMessage(operation, 'TENANT_PROVISIONED', tenant, { url, adminUserId: admin.id }),
      auditMessage(operation, tenant, {
        eventType: 'TENANT_PROVISIONED', action: 'CREATE', previousState: 'PROVISIONING', newState: 'ACTIVE', metadata: { tier },
      }),
      adminMessage(dependencies, operation, tenant, {
        template: 'welcome-email', subject: `Welcome to MATIH, ${name}`, event: 'TENANT_PROVISIONED', userId: admin.id,
        // The service chooses no password. The admin sets it, once, on the page behind this link.
        variables: { setPasswordUrl: `${url}/set-password?user=${encodeURIComponent(admin.id)}` },
      }),
    ]);
    return { adminUserId: admin.id, url, delivered: await deliverAtOnce(dependencies, tenantId) };
  });
};
