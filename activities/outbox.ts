import { setTimeout as sleep } from 'node:timers/promises';
import type { Connectors } from '../connectors/connectors.ts';
import { withCallContext } from '../connectors/call-context.ts';
import type { ClaimedMessage, Outbox } from '../projection/outbox.ts';
import { TenantError } from '../tenant/errors.ts';
import type { AuditRecord, Channel, EventBody, Notification } from '../tenant/messages.ts';

export interface DeliveryDependencies {
  connectors: Pick<Connectors, 'audit' | 'events' | 'notifications'>;
  projection: { readonly outbox: Outbox };
}

const never = new AbortController().signal;

/**
 * Delivers waiting messages, of every tenant or of one, until no further message can be delivered now. @returns the number of delivered
 * messages
 */
export const deliverMessages = async (dependencies: DeliveryDependencies, tenantId?: string): Promise<number> => {
  let delivered = 0;
  for (;;) {
    const claimed = await dependencies.projection.outbox.claim(tenantId);
    if (claimed.length === 0) return delivered;
    const outcomes = await Promise.all(claimed.map((message) => deliver(dependencies, message)));
    delivered += outcomes.filter(Boolean).length;
  }
};

/** Milliseconds a step waits for the delivery of its own messages. Later messages go out without the step. */
const STEP_LIMIT_MS = 5_000;

/**
 * Delivers a tenant's messages at the end of the step that wrote them. The receivers never decide the step.
 * @returns whether all of them are delivered
 */
export const deliverAtOnce = async (dependencies: DeliveryDependencies, tenantId: string): Promise<boolean> => {
  const limit = sleep(STEP_LIMIT_MS, undefined, { ref: false });
  await Promise.race([deliverMessages(dependencies, tenantId), limit]).catch(() => undefined);
  return dependencies.projection.outbox.waiting(tenantId).then((count) => count === 0, () => false);
};

const send: Readonly<Record<Channel, (connectors: DeliveryDependencies['connectors'], body: unknown) => Promise<unknown>>> = {
  EVENT: ({ events }, body) => {
    const event = body as EventBody;
    return events.publish({ ...event, time: new Date(event.time) });
  },
  AUDIT: ({ audit }, body) => audit.record(body as AuditRecord),
  NOTIFICATION: ({ notifications }, body) => notifications.send(body as Notification),
};

/** Runs outside the call context of an activity. The change is committed, so its message is due even if the attempt ends. */
const deliver = ({ connectors, projection: { outbox } }: DeliveryDependencies, message: ClaimedMessage): Promise<boolean> =>
  withCallContext({ signal: never, tenantId: message.tenantId, requestId: message.runId }, async () => {
    try {
      await send[message.channel](connectors, message.body);
      await outbox.delivered(message);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await (isRefusal(error) ? outbox.refused(message, reason) : outbox.failed(message, reason)).catch(() => undefined);
      return false;
    }
  });

/** The receiver rejected the message itself; a retry cannot succeed. */
const isRefusal = (error: unknown): boolean =>
  error instanceof TenantError && (error.failureClass === 'INVALID_REQUEST' || error.failureClass === 'CONFLICT');
