import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type pg from 'pg';
import type { Logger } from 'pino';
import { endLostRequests } from '../projection/lost-requests.ts';
import { closeAbandonedOperations } from '../projection/reconcile.ts';
import type { WorkerSettings } from '../settings/worker.ts';

/** Milliseconds for Temporal to describe a run. The database connection that excludes other workers is held meanwhile. */
const DESCRIBE_MS = 5_000;

/** What a run can be that may still go on. */
const OPEN: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED']);

/** Regularly ends operations and deletion requests that are open in the database only. Returns a function that stops it. */
export const watchForAbandoned = (settings: WorkerSettings, pool: pg.Pool, logger: Logger): (() => Promise<void>) => {
  const connection = Connection.lazy({ address: settings.TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE });
  const openRun = async (workflowId: string): Promise<string | null> => {
    const description = await connection.withDeadline(Date.now() + DESCRIBE_MS, () => client.workflow.getHandle(workflowId).describe()).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
    return description && OPEN.has(description.status.name) ? description.runId : null;
  };
  const look = () => Promise.all([
    closeAbandonedOperations(pool, settings.ABANDONED_QUIET_SECONDS, openRun).then(
      (runIds) => { if (runIds.length > 0) logger.warn({ runIds }, 'closed operations that ended outside the service'); },
      (error: unknown) => logger.warn({ error: String(error) }, 'could not look for abandoned operations'),
    ),
    endLostRequests(pool, settings.ABANDONED_QUIET_SECONDS, openRun).then(
      (runIds) => { if (runIds.length > 0) logger.warn({ runIds }, 'ended deletion requests whose wait ended outside the service'); },
      (error: unknown) => logger.warn({ error: String(error) }, 'could not look for lost deletion requests'),
    ),
  ]);
  const timer = setInterval(() => void look(), settings.ABANDONED_CHECK_SECONDS * 1000);
  return async () => {
    clearInterval(timer);
    await connection.close();
  };
};
