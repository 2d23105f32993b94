import { wellFormedValue } from '../tenant/text.ts';
import type { Queryable } from './pool.ts';

/** The first answer to a mutation, as it is given again to a repetition. */
export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export type Claim =
  /** The key is new, or whoever held it never answered: go on, and answer or release. */
  | { kind: 'CLAIMED' }
  | { kind: 'ANSWERED'; answer: StoredAnswer }
  /** The first request with the key is still being answered. */
  | { kind: 'IN_USE' }
  /** The key belongs to another request. */
  | { kind: 'OTHER_REQUEST' };

/** No answer takes longer than 5 s; a key without one after that belonged to a process that died. */
const ABANDONED_AFTER_SECONDS = 15;

/** Claims a key for a request, told by its fingerprint, within the scope of the actor. */
export const claimKey = async (database: Queryable, actor: string, key: string, fingerprint: string): Promise<Claim> => {
  const inserted = await database.query(
    `INSERT INTO idempotency_keys (actor, idempotency_key, fingerprint) VALUES ($1, $2, $3)
     ON CONFLICT (actor, idempotency_key) DO UPDATE SET created_at = clock_timestamp()
     WHERE idempotency_keys.status IS NULL AND idempotency_keys.fingerprint = $3
       AND idempotency_keys.created_at < clock_timestamp() - make_interval(secs => $4)`,
    [actor, key, fingerprint, ABANDONED_AFTER_SECONDS]);
  if (inserted.rowCount === 1) return { kind: 'CLAIMED' };

  const { rows: [row] } = await database.query<{ fingerprint: string; status: number | null; headers: Record<string, string>; body: unknown }>(
    'SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE actor = $1 AND idempotency_key = $2', [actor, key]);
  if (row && row.fingerprint !== fingerprint) return { kind: 'OTHER_REQUEST' };
  if (!row || row.status === null) return { kind: 'IN_USE' };
  return { kind: 'ANSWERED', answer: { status: row.status, headers: row.headers, body: row.body } };
};

/** Keeps the answer for repetitions. */
export const keepAnswer = async (database: Queryable, actor: string, key: string, { status, headers, body }: StoredAnswer): Promise<void> => {
  await database.query(
    'UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE actor = $1 AND idempotency_key = $2',
    [actor, key, status, JSON.stringify(headers), JSON.stringify(wellFormedValue(body ?? null))]);
};

/** Frees a key whose request came to nothing, so that it can be sent again. */
export const releaseKey = async (database: Queryable, actor: string, key: string): Promise<void> => {
  await database.query('DELETE FROM idempotency_keys WHERE actor = $1 AND idempotency_key = $2 AND status IS NULL', [actor, key]);
};

/** Forgets keys older than a day. @returns how many */
export const forgetOldKeys = async (database: Queryable): Promise<number> => {
  const { rowCount } = await database.query(`DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '1 day'`);
  return rowCount ?? 0;
};
