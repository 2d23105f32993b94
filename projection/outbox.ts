import type pg from 'pg';
import { CHANNELS, type Message } from '../tenant/messages.ts';
import { wellFormedValue } from '../tenant/text.ts';
import type { Queryable } from './pool.ts';

/** Seconds for which a claim excludes other workers; longer than any delivery takes. */
const CLAIM_SECONDS = 30;

/** Most messages in one claim. */
const MOST = 100;

/** Longest pause in seconds between two tries of a message. */
const LONGEST_PAUSE_SECONDS = 60;

/** A message that this process has claimed for delivery. */
export interface ClaimedMessage extends Message {
  id: string;
}

/** Messages that wait for delivery. Messages of one tenant in one channel are delivered in order of writing. */
export interface Outbox {
  /** Claims the next message of every tenant and channel, or of one tenant. Other processes skip claimed messages. */
  claim(tenantId?: string): Promise<ClaimedMessage[]>;
  delivered(message: ClaimedMessage): Promise<void>;
  /** Records that the receiver refused the message for good. The next message does not wait for it. */
  refused(message: ClaimedMessage, reason: string): Promise<void>;
  /** Schedules another try after a pause that grows from a second to a minute. */
  failed(message: ClaimedMessage, reason: string): Promise<void>;
  /** Counts a tenant's waiting messages, in one channel or in all. */
  waiting(tenantId: string, channel?: Message['channel']): Promise<number>;
}

/** Writes messages in the transaction of their change. A message with a known key stays as first written. */
export const tell = async (transaction: Queryable, messages: readonly Message[]): Promise<void> => {
  for (const { channel, key, tenantId, runId, body } of messages) {
    await transaction.query(
      'INSERT INTO outbox (channel, key, tenant_id, run_id, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (channel, key) DO NOTHING',
      [channel, key, tenantId, runId, JSON.stringify(wellFormedValue(body))]);
  }
};

const OPEN = 'delivered_at IS NULL AND refused_at IS NULL';

export const createOutbox = (pool: pg.Pool): Outbox => ({
  claim: async (tenantId) => {
    const { rows } = await pool.query<ClaimedMessage>(
      `UPDATE outbox SET next_try_at = clock_timestamp() + make_interval(secs => $2), tries = tries + 1
       WHERE id IN (SELECT id FROM (SELECT DISTINCT ON (tenant_id, channel) id, next_try_at FROM outbox
                      WHERE ${OPEN} AND ($1::uuid IS NULL OR tenant_id = $1) ORDER BY tenant_id, channel, id) heads
                    WHERE next_try_at <= clock_timestamp() ORDER BY next_try_at LIMIT $3)
         AND next_try_at <= clock_timestamp() AND ${OPEN}
       RETURNING id::text, channel, key, tenant_id AS "tenantId", run_id AS "runId", body`, [tenantId ?? null, CLAIM_SECONDS, MOST]);
    return rows.toSorted((one, other) => CHANNELS.indexOf(one.channel) - CHANNELS.indexOf(other.channel));
  },
  delivered: async ({ id }) => void await pool.query('UPDATE outbox SET delivered_at = clock_timestamp(), last_error = NULL WHERE id = $1', [id]),
  refused: async ({ id }, reason) => void await pool.query('UPDATE outbox SET refused_at = clock_timestamp(), last_error = $2 WHERE id = $1', [id, reason]),
  failed: async ({ id }, reason) => void await pool.query(
    `UPDATE outbox SET last_error = $2, next_try_at = clock_timestamp() + make_interval(secs => least(power(2, least(tries, 10) - 1), $3))
     WHERE id = $1 AND ${OPEN}`, [id, reason, LONGEST_PAUSE_SECONDS]),
  waiting: async (tenantId, channel) => {
    const { rows: [row] } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM outbox WHERE ${OPEN} AND tenant_id = $1 AND ($2::text IS NULL OR channel = $2)`, [tenantId, channel ?? null]);
    return row!.count;
  },
});
