/** Messages about a committed change. They are written with the change, and delivered afterwards, however late. */

/** Where a message goes: Kafka, the audit-service, the notification-service. Events are delivered before records, records before e-mails. */
export const CHANNELS = ['EVENT', 'AUDIT', 'NOTIFICATION'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Message {
  channel: Channel;
  /** The message's own id, unique within its channel: a second message with the same key is a repetition and is not written. */
  key: string;
  tenantId: string;
  /** What the receiver gets, as JSON. Fixed when the message is written. Never a secret. */
  body: Readonly<Record<string, unknown>>;
}
