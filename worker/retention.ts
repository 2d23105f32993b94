import type pg from 'pg';
import type { Logger } from 'pino';
import { blankRemovedTenants, forgetTheGone } from '../projection/retention.ts';
import type { WorkerSettings } from '../settings/worker.ts';

/** Milliseconds between two looks for removed tenants whose particulars nothing needs any more. */
const BLANK_MS = 60_000;

/** Milliseconds between two looks for what is old. */
const FORGET_MS = 60 * 60 * 1000;

/** Regularly forgets what is kept no longer; returns how to stop it. Each statement can be run by several workers at once. */
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
