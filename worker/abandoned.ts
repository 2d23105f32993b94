import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type pg from 'pg';
import type { Logger } from 'pino';
import { closeAbandonedOperations } from '../projection/reconcile.ts';
import type { WorkerSettings } from '../settings/worker.ts';

/** Twice within the two minutes after which no row may claim work that nobody does. */
const EVERY_MS = 30_000;

/** Looks every 30 s for operations that are in progress on paper only, and closes them; returns how to stop it. */
export const watchForAbandoned = (settings: WorkerSettings, pool: pg.Pool, logger: Logger): (() => Promise<void>) => {
  const connection = Connection.lazy({ address: settings.TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE });
  const openRun = async (workflowId: string): Promise<string | null> => {
    const description = await client.workflow.getHandle(workflowId).describe().catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
    return description?.status.name === 'RUNNING' ? description.runId : null;
  };
  const look = () => closeAbandonedOperations(pool, openRun).then(
    (runIds) => { if (runIds.length > 0) logger.warn({ runIds }, 'closed operations that ended outside the service'); },
    (error: unknown) => logger.warn({ error: String(error) }, 'could not look for abandoned operations'),
  );
  const timer = setInterval(() => void look(), EVERY_MS);
  return async () => {
    clearInterval(timer);
    await connection.close();
  };
};
