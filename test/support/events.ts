import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpoints } from './endpoints.ts';

export interface ReceivedEvent {
  key: string;
  /** The CloudEvents envelope. */
  event: Record<string, any>;
  raw: string;
}

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';

/** Disconnecting waits for the fetch under way, and that for messages. */
const MAX_WAIT_MS = 100;

/** Every lifecycle event on the topic with this key, read from the beginning up to the newest offsets of now. */
export const eventsOf = async (tenantId: string): Promise<ReceivedEvent[]> => (await allEvents()).filter(({ key }) => key === tenantId);

/** Every lifecycle event on the topic, read from the beginning up to the newest offsets of now. */
export const allEvents = async (topic = 'tenant.lifecycle.events'): Promise<ReceivedEvent[]> => {
  const kafka = new Kafka({ clientId: 'test', brokers: [endpoints().kafka], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  const missing = new Map(ends.map(({ partition, low, high }) => [partition, Number(high) - Number(low)]));
  const received: ReceivedEvent[] = [];
  const groupId = `test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, maxWaitTimeInMs: MAX_WAIT_MS });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const raw = message.value?.toString() ?? '';
        received.push({ key: message.key?.toString() ?? '', event: JSON.parse(raw) as Record<string, any>, raw });
        missing.set(partition, (missing.get(partition) ?? 0) - 1);
      },
    });
    for (let tries = 0; tries < 300 && [...missing.values()].some((left) => left > 0); tries += 1) await sleep(50);
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
  return received;
};
