import { CloudEvent, Kafka as KafkaBinding } from 'cloudevents';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { TenantEvent } from '../../tenant/events.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { abortable } from '../abortable.ts';
import { callSignal, mutating } from '../call-context.ts';
import { kafkaError } from './errors.ts';
import type { EventPublisher } from './interface.ts';

/** Milliseconds for one publication or ping; Temporal retries what takes longer. */
const CALL_LIMIT_MS = 8000;

/** Short limits and one retry: sitting out an outage is Temporal's part, where people can see it. */
const CLIENT_LIMITS = { connectionTimeout: 2000, authenticationTimeout: 2000, requestTimeout: 4000, retry: { retries: 1, initialRetryTime: 200 } };

/** Acknowledged ids that are remembered. */
const REMEMBERED = 1000;

/** Where the events come from, as CloudEvents names it. */
const SOURCE = '/matih/tenant-service';

/**
 * Publishes through an idempotent producer that connects with the first event. What the broker acknowledged is not sent again by this
 * process: an activity that fails after its event is retried from the start. Consumers still have to drop the rare repetition by its id.
 */
export const createEventPublisher = (settings: Pick<WorkerSettings, 'KAFKA_BROKERS' | 'KAFKA_TOPIC'>): EventPublisher => {
  // Failures are thrown and classified, so the library's own log lines would only repeat them.
  const kafka = new Kafka({ clientId: 'tenant-service', brokers: settings.KAFKA_BROKERS, logLevel: logLevel.NOTHING, ...CLIENT_LIMITS });
  let current: Promise<Producer> | undefined;
  const acknowledged = new Set<string>();

  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  };

  /** A producer that failed or was abandoned is not used again: its sequence numbers may no longer be those the broker expects. */
  const discard = async (connection: Promise<Producer>): Promise<void> => {
    if (current === connection) current = undefined;
    await connection.then((producer) => producer.disconnect()).catch(() => undefined);
  };

  const send = async (event: TenantEvent): Promise<void> => {
    const connection = current ??= connect();
    try {
      await abortable(callSignal(CALL_LIMIT_MS), connection.then((producer) =>
        producer.send({ topic: settings.KAFKA_TOPIC, acks: -1, messages: [messageOf(event)] })));
    } catch (error) {
      void discard(connection);
      throw kafkaError(error);
    }
  };

  return {
    async publish(event) {
      if (acknowledged.has(event.id)) return;
      await mutating(() => send(event));
      remember(acknowledged, event.id);
    },

    async ping() {
      const admin = kafka.admin();
      try {
        await abortable(callSignal(CALL_LIMIT_MS), admin.connect().then(() => admin.describeCluster()));
      } catch (error) {
        throw kafkaError(error);
      } finally {
        void admin.disconnect().catch(() => undefined);
      }
    },

    async close() {
      if (current) await discard(current);
    },
  };
};

/** The event as a CloudEvent in structured mode; its key keeps one tenant's events in one partition, hence in order. */
export const messageOf = (event: TenantEvent): { key: string; value: string; headers: Record<string, string> } => {
  const cloudEvent = new CloudEvent({
    id: event.id, type: event.type, source: SOURCE, subject: event.tenantId, time: event.time.toISOString(),
    datacontenttype: 'application/json', partitionkey: event.tenantId, data: event.data,
  });
  const { value, headers } = KafkaBinding.structured(cloudEvent);
  return { key: event.tenantId, value: String(value), headers: headers as Record<string, string> };
};

const remember = (ids: Set<string>, id: string): void => {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest);
};
