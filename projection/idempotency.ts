import type { Queryable } from './pool.ts';

/** The first answer to a mutation, as it is given again to a repetition. */
export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export type Claim =
  /**
   * The caller handles the request, then answers or releases. A repetition follows a try without a lasting answer, which may have had
   * effects.
   */
  | { kind: 'CLAIMED'; requestId: string; isRepetition: boolean }
  | { kind: 'ANSWERED'; answer: StoredAnswer }
  /** An earlier try with the key is in progress. */
  | { kind: 'IN_USE' }
  /** The key belongs to another request. */
  | { kind: 'OTHER_REQUEST' };

/** No answer takes longer than 5 s; a key without one after that belonged to a process that died. */
const ABANDONED_AFTER_SECONDS = 15;

/**
 * Claims a key for a request within the scope of the actor. The fingerprint identifies the request. All tries of a request share one
 * request id.
 */
export const claimKey = async (database: Queryable, actor: string, key: string, fingerprint: string): Promise<Claim> => {
  const { rows: [claimed] } = await database.query<{ requestId: string; tries: number }>(
    `INSERT INTO idempotency_keys AS known (actor, idempotency_key, fingerprint, claimed_until)
     VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
     ON CONFLICT (actor, idempotency_key) DO UPDATE SET tries = known.tries + 1, claimed_until = excluded.claimed_until
     WHERE known.status IS NULL AND known.fingerprint = $3 AND known.claimed_until < clock_timestamp()
     RETURNING request_id AS "requestId", tries`,
    [actor, key, fingerprint, ABANDONED_AFTER_SECONDS]);
  if (claimed) return { kind: 'CLAIMED', requestId: claimed.requestId, isRepetition: claimed.tries > 1 };

  const { rows: [row] } = await database.query<{ fingerprint: string; status: number | null; headers: Record<string, string>; body: unknown }>(
    'SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE actor = $1 AND idempotency_key = $2', [actor, key]);
  if (row && row.fingerprint !== fingerprint) return { kind: 'OTHER_REQUEST' };
  if (!row || row.status === null) return { kind: 'IN_USE' };
  return { kind: 'ANSWERED', answer: { status: row.status, headers: row.headers, body: row.body } };
};

/** Stores the answer for repetitions. */
export const keepAnswer = async (database: Queryable, requestId: string, { status, headers, body }: StoredAnswer): Promise<void> => {
  await database.query(
    'UPDATE idempotency_keys SET status = $2, headers = $3, body = $4 WHERE request_id = $1',
    [requestId, status, JSON.stringify(headers), JSON.stringify(body ?? null)]);
};

/** Releases a key without a lasting answer, so that the request can be sent again at once. */
export const releaseKey = async (database: Queryable, requestId: string): Promise<void> => {
  await database.query('UPDATE idempotency_keys SET claimed_until = clock_timestamp() WHERE request_id = $1 AND status IS NULL', [requestId]);
};

/** Forgets keys older than a day. @returns how many */
export const forgetOldKeys = async (database: Queryable): Promise<number> => {
  const { rowCount } = await database.query(`DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '1 day'`);
  return rowCount ?? 0;
};
