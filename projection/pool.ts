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
  /** Called when an idle connection breaks; the pool replaces it by itself. */
  onIdleError?: (error: Error) => void;
}

/** A pool on the control plane database; nothing is connected before the first query. */
export const createPool = (
  databaseUrl: string,
  { applicationName, max = 10, connectTimeoutMs = 2_000, queryTimeoutMs = 10_000, onIdleError = () => {} }: PoolOptions,
): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: applicationName,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', onIdleError);
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

/** SQLSTATE classes that mean the server is going, coming or full: connection, resources, operator intervention. */
const AWAY_CLASSES = ['08', '53', '57'];
const AWAY_MESSAGES = /timeout exceeded when trying to connect|Query read timeout|Connection terminated|connection error|Client has encountered/i;

/** Whether an error says that the database cannot be reached now, rather than that the statement was wrong. */
export const isDatabaseAway = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  if (error instanceof pg.DatabaseError) return AWAY_CLASSES.some((prefix) => error.code?.startsWith(prefix));
  const { code, syscall } = error as NodeJS.ErrnoException;
  const fromSocket = syscall !== undefined && /^E[A-Z]+$/.test(code ?? '');
  return fromSocket || code === 'ECONNRESET' || AWAY_MESSAGES.test(error.message);
};

/** PostgreSQL's code for a row that would break a unique index. */
export const isUniqueViolation = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505';
