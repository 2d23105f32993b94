import pg from 'pg';

/** A client inside a transaction. */
export type Transaction = pg.PoolClient;

/** Anything that answers a query: the pool, or a transaction's client. */
export type Queryable = Pick<pg.Pool, 'query'>;

export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Connections at most. */
  max?: number;
  /** Milliseconds to wait for a free connection, or for a new one to be made. */
  connectTimeoutMs?: number;
  /** Milliseconds a query may take, so that a hanging database becomes an error and not a hanging caller. */
  queryTimeoutMs?: number;
  /** Lock timeout of a statement in milliseconds, for example against a frozen lock holder. Less than `queryTimeoutMs`. */
  lockTimeoutMs?: number;
  /** Called when an idle or used connection breaks. The pool replaces it by itself. */
  onConnectionError?: (error: Error) => void;
}

/** Idle timeout of a transaction in milliseconds. A frozen process thereby loses its locks. */
const IDLE_IN_TRANSACTION_MS = 15_000;

/**
 * Settings by which the server detects a lost client. It checks every 2 s during a statement; a silent network ends a connection after
 * about 30 s. Without them a backend outlives its client and keeps its locks.
 */
const LIVENESS = '-c client_connection_check_interval=2s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4';

/** A pool on the control plane database; nothing is connected before the first query. */
export const createPool = (
  databaseUrl: string,
  { applicationName, max = 10, connectTimeoutMs = 2_000, queryTimeoutMs = 10_000, lockTimeoutMs = queryTimeoutMs / 2, onConnectionError = () => {} }: PoolOptions,
): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: applicationName,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    // The server times out first. A statement that only the client abandoned would keep its backend.
    statement_timeout: Math.floor(queryTimeoutMs * 0.9),
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    options: LIVENESS,
    keepAlive: true,
  });
  // Without a listener a broken connection ends the process. The pool's own listener covers idle connections only.
  pool.on('connect', (client) => client.on('error', onConnectionError));
  pool.on('error', () => {});
  return pool;
};

/** Runs `body` in one transaction; any error rolls everything back. */
export const inTransaction = <T>(pool: pg.Pool, body: (transaction: Transaction) => Promise<T>): Promise<T> => transact(pool, 'BEGIN', body);

/** Runs reads that belong together: all of them see the database as it was at one moment. */
export const inSnapshot = <T>(pool: pg.Pool, body: (transaction: Transaction) => Promise<T>): Promise<T> =>
  transact(pool, 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', body);

const transact = async <T>(pool: pg.Pool, begin: string, body: (transaction: Transaction) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await body(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is thrown away, and its transaction ends with it.
    await client.query('ROLLBACK').catch((problem: Error) => { broken = problem; });
    throw error;
  } finally {
    client.release(broken);
  }
};

/**
 * SQLSTATEs, or their prefixes, of errors that a retry may avoid: connection, resources, operator intervention, timeouts, lock timeout,
 * idle transaction, deadlock.
 */
const AWAY_CODES = ['08', '53', '57', '55P03', '25P03', '40P01', '40001'];
const AWAY_MESSAGES = /timeout exceeded when trying to connect|Query read timeout|Connection terminated|connection error|Client has encountered/i;

/** Whether an error means an unavailable database rather than a wrong statement. */
export const isDatabaseAway = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  if (error instanceof pg.DatabaseError) return AWAY_CODES.some((prefix) => error.code?.startsWith(prefix));
  const { code, syscall } = error as NodeJS.ErrnoException;
  const fromSocket = syscall !== undefined && /^E[A-Z]+$/.test(code ?? '');
  return fromSocket || code === 'ECONNRESET' || AWAY_MESSAGES.test(error.message);
};

/** PostgreSQL's code for a row that would break a unique index. */
export const isUniqueViolation = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505';
