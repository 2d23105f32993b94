import type pg from 'pg';
import type { Logger } from 'pino';
import type { ApiSettings } from '../settings/api.ts';
import type { Authenticate } from './authentication.ts';
import type { CallLimit } from './call-limit.ts';
import type { RunReader } from './runs.ts';
import type { Temporal } from './temporal.ts';

/** What the routes are made from. */
export interface ApiDependencies {
  settings: ApiSettings;
  pool: pg.Pool;
  /** A separate connection for readiness, independent of the number of calls in progress. */
  probe: pg.Pool;
  calls: CallLimit;
  temporal: Temporal;
  runs: RunReader;
  authenticate: Authenticate;
  logger: Logger;
  /** Aborts when the process is about to end: streams are closed then. */
  shutdown: AbortSignal;
}
