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
 * Delivers what waits, of every tenant or of one, until a round gets rid of no message. Without that end, messages that fall due one after
 * another while their receiver is away would hold up a worker's shutdown. @returns how many messages were delivered
 */
export const deliverMessages = async (dependencies: DeliveryDependencies, tenantId?: string): Promise<number> => {
  let delivered = 0;
  for (;;) {
    const claimed = await dependencies.projection.outbox.claim(tenantId);
    const outcomes = await Promise.all(claimed.map((message) => deliver(dependencies, message)));
    delivered += outcomes.filter((outcome) => outcome === 'delivered').length;
    if (outcomes.every((outcome) => outcome === 'failed')) return delivered;
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

/** Outside the activity that may be running: the change is committed, so its message is due whatever becomes of the attempt. */
const deliver = ({ connectors, projection: { outbox } }: DeliveryDependencies, message: ClaimedMessage): Promise<'delivered' | 'refused' | 'failed'> =>
  withCallContext({ signal: never, tenantId: message.tenantId, requestId: message.runId }, async () => {
    try {
      await send[message.channel](connectors, message.body);
      await outbox.delivered(message);
      return 'delivered';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const outcome = isRefusal(error) ? 'refused' : 'failed';
      return outbox[outcome](message, reason).then(() => outcome, () => 'failed');
    }
  });

/** The receiver rejected the message itself; a retry cannot succeed. */
const isRefusal = (error: unknown): boolean =>
  error instanceof TenantError && (error.failureClass === 'INVALID_REQUEST' || error.failureClass === 'CONFLICT');
