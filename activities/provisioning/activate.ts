/**
 * Effect: the tenant has its admin user, is registered and ACTIVE; TENANT_PROVISIONED, the welcome notification and an audit record are out.
 * Idempotent: the admin is looked up by e-mail, the registration is a PUT; event, notification and audit record carry ids that derive
 * from the operation, so that a repetition is one to their receivers too.
 * Converges: each step can be repeated, and the tenant is ACTIVE before anybody is told so.
 */
import { effectId, tenantEvent } from '../../tenant/events.ts';
import { zoneOf } from '../../tenant/names.ts';
import type { OperationInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const activate = (dependencies: ActivityDependencies) => {
  const { connectors: { audit, azureDns, events, iam, infrastructure, notifications }, projection } = dependencies;
  return phaseActivity(dependencies, 'ACTIVATE', async ({ operation }, _input: OperationInput) => {
    const { operationId, tenant: { id: tenantId, adminEmail, name, slug, cloudProvider, region, namespace, tier } } = operation;
    const url = `https://${zoneOf(slug, azureDns.parentZone)}`;

    const admin = await iam.ensureAdmin({ tenantId, email: adminEmail, name, idempotencyKey: effectId(operationId, 'admin') });
    await infrastructure.register(tenantId, { status: 'ACTIVE', cloudProvider, region, namespace, tier });
    const tenant = await projection.updateTenant(operation, { status: 'ACTIVE' });

    await events.publish(tenantEvent('TENANT_PROVISIONED', operationId, tenant, { url, adminUserId: admin.id }));
    await notifications.send({
      tenantId,
      userId: admin.id,
      template: 'welcome-email',
      recipient: adminEmail,
      subject: `Welcome to MATIH, ${name}`,
      // No password is chosen for the admin: the page behind this link lets them set one, once.
      variables: { tenantName: name, url, setPasswordUrl: `${url}/set-password?user=${encodeURIComponent(admin.id)}` },
      correlationId: effectId(operationId, 'TENANT_PROVISIONED'),
    });
    await audit.record({
      tenantId, eventType: 'TENANT_PROVISIONED', action: 'CREATE', actorId: operation.actor, resourceType: 'TENANT', resourceId: tenantId,
      correlationId: operationId, success: true, previousState: 'PROVISIONING', newState: 'ACTIVE', metadata: { slug, tier },
    });
    return { adminUserId: admin.id, url };
  });
};
