import { wellFormedValue } from '../tenant/text.ts';
import type { Channel, Message } from '../tenant/messages.ts';
import type { Queryable } from './pool.ts';

/** Writes messages in the transaction of the change that they tell of. A message whose key is known stays as it was first written. */
export const tell = async (transaction: Queryable, messages: readonly Message[]): Promise<void> => {
  for (const { channel, key, tenantId, body } of messages) {
    await transaction.query(
      'INSERT INTO outbox (channel, key, tenant_id, body) VALUES ($1, $2, $3, $4) ON CONFLICT (channel, key) DO NOTHING',
      [channel, key, tenantId, JSON.stringify(wellFormedValue(body))]);
  }
};

/** A message that one process has claimed for delivery. */
export interface ClaimedMessage extends Message {
  id: string;
  channel: Channel;
  tries: number;
}
