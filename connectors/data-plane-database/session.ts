import pg from 'pg';
import { TenantError, type FailureClass } from '../../tenant/errors.ts';
import { callSignal } from '../call-context.ts';

/** Milliseconds a statement may wait for a lock: a lock that a tenant holds must not stop the provisioner, nor the queue behind it. */
const LOCK_TIMEOUT_MS = 5_000;
/** Milliseconds a statement may take; the longest drops one batch of tables. */
const STATEMENT_TIMEOUT_MS = 60_000;
const CONNECTION_TIMEOUT_MS = 5_000;
const CONNECTIONS = 5;

export type Query = <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Runs `body` in one transaction: all of it happens or nothing. */
export type Transaction = <T>(body: (query: Query) => Promise<T>) => Promise<T>;

/** Transactions of the provisioner. They obey the call's signal by closing the connection, upon which the server rolls back. */
export const createTransactions = (url: string): Transaction => {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'tenant-service',
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    allowExitOnIdle: true,
  });
  // The pool replaces a broken connection at the next use. Without a listener the error would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  return async (body) => {
    const signal = callSignal(STATEMENT_TIMEOUT_MS);
    signal.throwIfAborted();
    const client = await pool.connect().catch((error: unknown) => { throw databaseError(error); });
    return inTransaction(client, signal, body);
  };
};

const inTransaction = async <T>(client: pg.PoolClient, signal: AbortSignal, body: (query: Query) => Promise<T>): Promise<T> => {
  const query: Query = async (sql, values) => (await client.query(sql, values)).rows;
  let released = false;
  const release = (broken: boolean): void => {
    if (!released) client.release(broken);
    released = true;
  };
  const abort = (): void => release(true);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.query('BEGIN');
    const result = await body(query);
    await client.query('COMMIT');
    release(false);
    return result;
  } catch (error) {
    if (signal.aborted) throw abortError(signal.reason as Error);
    // Closing the connection rolls back, whatever state it is in.
    release(true);
    throw databaseError(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

const abortError = (reason: Error): Error => reason.name === 'TimeoutError'
  ? new TenantError('UNAVAILABLE', `data plane database: no answer within ${STATEMENT_TIMEOUT_MS / 1000} s`, { cause: reason })
  : reason;

/** SQLSTATE of a DROP with remaining dependents. */
const DEPENDENTS_LEFT = '2BP01';

/** By SQLSTATE, or its class (the first two characters). */
const CLASSES: Readonly<Record<string, FailureClass>> = {
  '28': 'UNAUTHORIZED', 42501: 'UNAUTHORIZED',
  '55P03': 'NOT_READY', 40001: 'NOT_READY', '40P01': 'NOT_READY',
  42710: 'CONFLICT', '42P06': 'CONFLICT', [DEPENDENTS_LEFT]: 'CONFLICT',
};

const databaseError = (error: unknown): Error => {
  if (error instanceof TenantError) return error;
  const { code = '', message, detail } = error as Error & { code?: string; detail?: string };
  const failureClass = CLASSES[code] ?? CLASSES[code.slice(0, 2)] ?? 'UNAVAILABLE';
  // PostgreSQL names dependents in the detail only. Details of other errors may contain a tenant's values.
  const dependents = code === DEPENDENTS_LEFT && detail ? `: ${detail.replaceAll('\n', '; ')}` : '';
  return new TenantError(failureClass, `data plane database: ${message || code}${dependents}`, { details: { sqlState: code } });
};
