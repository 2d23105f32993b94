import { adminNotification, type AdminNotification, type Message } from '../tenant/messages.ts';
import type { AdmittedOperation } from '../projection/interface.ts';
import { zoneOf } from '../tenant/names.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { ActivityDependencies } from './phase-activity.ts';

/** The notification of the tenant's admin about an operation. It always names the tenant and its address. */
export const adminMessage = (
  { connectors: { azureDns } }: ActivityDependencies, operation: AdmittedOperation, tenant: Tenant, notification: Omit<AdminNotification, 'variables'> & Partial<AdminNotification>,
): Message => adminNotification(operation, tenant, {
  ...notification, variables: { tenantName: tenant.name, url: `https://${zoneOf(tenant.slug, azureDns.parentZone)}`, ...notification.variables },
});
