import type pg from 'pg';
import type { Logger } from 'pino';
import { blankRemovedTenants, forgetTheGone } from '../projection/retention.ts';
import type { WorkerSettings } from '../settings/worker.ts';

/** Milliseconds between two passes that blank removed tenants. */
const BLANK_MS = 60_000;

/** Milliseconds between two passes that delete old rows. */
const FORGET_MS = 60 * 60 * 1000;

/** Regularly deletes expired data; returns a function that stops it. Several workers can run each statement concurrently. */
export const watchRetention = ({ RETENTION_DAYS }: WorkerSettings, pool: pg.Pool, logger: Logger): (() => void) => {
  const regularly = (milliseconds: number, what: string, work: () => Promise<unknown>): NodeJS.Timeout =>
    setInterval(() => void work().then(
      (done) => logger.debug({ done }, what),
      (error: unknown) => logger.warn({ error: String(error) }, `${what} failed; it is tried again`),
    ), milliseconds);
  const timers = [
    regularly(BLANK_MS, 'blanking removed tenants', () => blankRemovedTenants(pool)),
    regularly(FORGET_MS, 'forgetting what is old', () => forgetTheGone(pool, RETENTION_DAYS)),
  ];
  return () => timers.forEach((timer) => clearInterval(timer));
};
