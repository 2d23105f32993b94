import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { forgetOldKeys } from '../projection/idempotency.ts';
import { createPool } from '../projection/pool.ts';
import type { ApiSettings } from '../settings/api.ts';
import { createApp } from './app.ts';
import { createAuthentication } from './authentication.ts';
import { createCallLimit } from './call-limit.ts';
import { createRunReader } from './runs.ts';
import { createTemporal } from './temporal.ts';

/** Statement and lock timeout in milliseconds. A slower database counts as unavailable, because answers are due within 5 s. */
const QUERY_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 1_500;

/** Milliseconds requests at work get to end before their connections are cut. */
const SHUTDOWN_MS = 8_000;

/** Milliseconds by which the headers timeout exceeds the keep-alive timeout. Node counts from the connection's last use. */
const HEADERS_MARGIN_MS = 5_000;

/** Milliseconds between two sweeps of old idempotency keys. */
const SWEEP_MS = 60 * 60 * 1000;

export interface ApiServer {
  port: number;
  /** Takes no more connections, ends streams, lets requests at work end, and gives everything back. */
  stop: () => Promise<void>;
}

/** Starts the API. With Temporal or the database unavailable it starts all the same and reports that. Port 0 takes any free port. */
export const startApi = async (settings: ApiSettings, logger: Logger, temporal = createTemporal(settings)): Promise<ApiServer> => {
  const connectionOptions = {
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
    onConnectionError: (error: Error) => logger.warn({ err: error }, 'a connection to the database broke'),
  };
  const pool = createPool(settings.DATABASE_URL, { applicationName: 'tenant-service-api', max: 20, ...connectionOptions });
  const probe = createPool(settings.DATABASE_URL, { applicationName: 'tenant-service-api-readiness', max: 1, ...connectionOptions });
  const shutdown = new AbortController();
  const app = createApp({
    settings, pool, probe, temporal, logger,
    calls: createCallLimit(),
    runs: createRunReader(temporal),
    authenticate: createAuthentication(settings, pool),
    shutdown: shutdown.signal,
  });
  const server = await listen(app, settings);
  // Longer than the keep-alive of load balancers, so that no request meets a closing connection.
  server.keepAliveTimeout = settings.API_KEEP_ALIVE_SECONDS * 1000;
  server.headersTimeout = server.keepAliveTimeout + HEADERS_MARGIN_MS;
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
      await Promise.all([pool.end(), probe.end(), temporal.connection.close()]);
    },
  };
};

const listen = (app: ReturnType<typeof createApp>, { API_PORT, API_HOST }: ApiSettings): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = app.listen(API_PORT, API_HOST, (error) => (error ? reject(error) : resolve(server)));
  });
