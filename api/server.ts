import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { forgetOldKeys } from '../projection/idempotency.ts';
import { createPool } from '../projection/pool.ts';
import type { ApiSettings } from '../settings/api.ts';
import { createApp } from './app.ts';
import { createAuthentication } from './authentication.ts';
import { createRunReader } from './runs.ts';
import { createTemporal } from './temporal.ts';

/** A query that takes longer than this counts as a database that is away: answers are due within 5 s. */
const QUERY_TIMEOUT_MS = 2_000;

/** Milliseconds requests at work get to end before their connections are cut. */
const SHUTDOWN_MS = 8_000;

/** Milliseconds between two sweeps of old idempotency keys. */
const SWEEP_MS = 60 * 60 * 1000;

export interface ApiServer {
  port: number;
  /** Takes no more connections, ends streams, lets requests at work end, and gives everything back. */
  stop: () => Promise<void>;
}

/** Starts the API; with Temporal or the database away it starts all the same and says so. Port 0 takes any free one. */
export const startApi = async (settings: ApiSettings, logger: Logger): Promise<ApiServer> => {
  const pool = createPool(settings.DATABASE_URL, {
    applicationName: 'tenant-service-api',
    max: 20,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    onIdleError: (error) => logger.warn({ err: error }, 'a connection to the database broke'),
  });
  const temporal = createTemporal(settings);
  const shutdown = new AbortController();
  const app = createApp({
    settings, pool, temporal, logger,
    runs: createRunReader(temporal),
    authenticate: createAuthentication(settings, pool),
    shutdown: shutdown.signal,
  });
  const server = await listen(app, settings);
  const { port } = server.address() as AddressInfo;
  logger.info({ host: settings.API_HOST, port }, 'API listens');

  const sweep = setInterval(() => {
    forgetOldKeys(pool).catch((error: unknown) => logger.warn({ err: error }, 'could not sweep old idempotency keys'));
  }, SWEEP_MS);

  return {
    port,
    stop: async () => {
      shutdown.abort();
      clearInterval(sweep);
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), SHUTDOWN_MS);
      await closed;
      clearTimeout(cut);
      await Promise.all([pool.end(), temporal.connection.close()]);
    },
  };
};

const listen = (app: ReturnType<typeof createApp>, { API_PORT, API_HOST }: ApiSettings): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = app.listen(API_PORT, API_HOST, (error) => (error ? reject(error) : resolve(server)));
  });
