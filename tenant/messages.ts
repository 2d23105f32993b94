/** Messages about a committed change. They are written with the change and delivered afterwards, without a time limit. */
import { effectId, tenantEvent, type EventType, type TenantEvent } from './events.ts';
import type { OperationKind } from './lifecycle.ts';
import type { Tenant } from './tenant.ts';

/**
 * The receiver of a message: Kafka, the audit-service or the notification-service. Events are delivered before records, records before
 * e-mails.
 */
export const CHANNELS = ['EVENT', 'AUDIT', 'NOTIFICATION'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Message {
  channel: Channel;
  /** Idempotency key, unique within the channel. A second message with the same key is not written. */
  key: string;
  tenantId: string;
  /** The Temporal run of the change. It links a receiver's log lines to the run. */
  runId: string;
  /** The JSON that the receiver gets. It is fixed when the message is written, and never contains a secret. */
  body: Readonly<Record<string, unknown>>;
}

/** The operation that a message is about. */
export interface MessageSource {
  operationId: string;
  runId: string;
  kind: OperationKind;
  actor: string;
}

export interface AuditRecord {
  tenantId: string;
  eventType: string;
  action: string;
  actorId: string;
  resourceType: string;
  resourceId: string;
  correlationId: string;
  success: boolean;
  previousState?: string;
  newState?: string;
  metadata?: Readonly<Record<string, unknown>>;
}

export type NotificationTemplate =
  | 'welcome-email' | 'tenant-suspended' | 'tenant-reactivated' | 'tenant-tier-changed' | 'tenant-deletion-code' | 'tenant-deleted';

export interface Notification {
  tenantId: string;
  userId?: string;
  template: NotificationTemplate;
  recipient: string;
  subject: string;
  variables: Readonly<Record<string, string>>;
  correlationId: string;
}

/** TenantEvent as JSON, with its time as text. */
export type EventBody = Omit<TenantEvent, 'time'> & { time: string };

/** Makes an event of an operation. `extra` extends the tenant's public facts. */
export const eventMessage = ({ operationId, runId }: MessageSource, type: EventType, tenant: Tenant, extra: Readonly<Record<string, unknown>> = {}): Message => {
  const event = tenantEvent(type, operationId, tenant, extra);
  return { channel: 'EVENT', key: event.id, tenantId: tenant.id, runId, body: { ...event, time: event.time.toISOString() } satisfies EventBody };
};

export interface AuditFacts {
  eventType: string;
  action: string;
  success?: boolean;
  previousState?: string;
  newState?: string;
  metadata?: Readonly<Record<string, unknown>>;
  /** Defaults to the operation's id: one record of a type per operation. */
  correlationId?: string;
}

/** Makes an audit record of an operation on a tenant. */
export const auditMessage = ({ operationId, runId, actor }: MessageSource, { id, slug }: Pick<Tenant, 'id' | 'slug'>, facts: AuditFacts): Message => {
  const { correlationId = operationId, success = true, metadata, ...rest } = facts;
  const body: AuditRecord = {
    ...rest, tenantId: id, actorId: actor, resourceType: 'TENANT', resourceId: id, correlationId, success, metadata: { slug, ...metadata },
  };
  return { channel: 'AUDIT', key: `${correlationId}:${facts.eventType}`, tenantId: id, runId, body: { ...body } };
};

export interface AdminNotification {
  template: NotificationTemplate;
  subject: string;
  /** The event of the notification. The event's id is the correlation id. */
  event: EventType;
  variables: Readonly<Record<string, string>>;
  /** The admin's user in the IAM, if known. */
  userId?: string | undefined;
}

/** Makes a notification of the tenant's admin, one per operation. */
export const adminNotification = (
  { operationId, runId }: MessageSource, { id: tenantId, adminEmail }: Pick<Tenant, 'id' | 'adminEmail'>, notification: AdminNotification,
): Message => {
  const { template, subject, event, variables, userId } = notification;
  const correlationId = effectId(operationId, event);
  const body: Notification = { tenantId, ...(userId !== undefined && { userId }), template, recipient: adminEmail, subject, variables, correlationId };
  return { channel: 'NOTIFICATION', key: correlationId, tenantId, runId, body: { ...body } };
};
