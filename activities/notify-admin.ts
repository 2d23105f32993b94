import type { NotificationTemplate } from '../connectors/platform/interface.ts';
import type { AdmittedOperation } from '../projection/interface.ts';
import { effectId, type EventType } from '../tenant/events.ts';
import { zoneOf } from '../tenant/names.ts';
import type { ActivityDependencies } from './phase-activity.ts';

export interface AdminNotification {
  template: NotificationTemplate;
  subject: string;
  /** The event it goes with, whose id is its correlation id. */
  event: EventType;
  /** Beside `tenantName` and `url`. */
  variables?: Readonly<Record<string, string>>;
}

/** Notifies the tenant's admin of what an operation did, once an operation. */
export const notifyAdmin = async (
  { connectors: { azureDns, iam, notifications } }: ActivityDependencies,
  { operationId, tenant: { id: tenantId, adminEmail, name, slug } }: AdmittedOperation,
  { template, subject, event, variables }: AdminNotification,
): Promise<{ notificationId: string }> => {
  const admin = await iam.findUserByEmail(adminEmail);
  const { id } = await notifications.send({
    tenantId,
    ...(admin?.tenantId === tenantId && { userId: admin.id }),
    template,
    recipient: adminEmail,
    subject,
    variables: { tenantName: name, url: `https://${zoneOf(slug, azureDns.parentZone)}`, ...variables },
    correlationId: effectId(operationId, event),
  });
  return { notificationId: id };
};
