import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, type RuntimeOptions, type WorkerInterceptors } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/activities.ts';
import type { Connectors } from '../connectors/connectors.ts';
import { checkCharts } from '../connectors/helm/charts.ts';
import { KILL_GRACE_MS } from '../connectors/helm/process.ts';
import { createPool } from '../projection/pool.ts';
import { createProjection } from '../projection/projection.ts';
import type { WorkerSettings } from '../settings/worker.ts';
import { createConnectors } from './connectors.ts';
import { watchForAbandoned } from './abandoned.ts';
import { deliverRegularly } from './outbox.ts';
import { startHealthServer } from './health.ts';
import { watchRetention } from './retention.ts';

export interface RunningWorker {
  /** Stops taking work; running activities get SHUTDOWN_GRACE_SECONDS to end, then they are cancelled. */
  shutdown(reason: string): void;
  /** Resolves when everything has ended; rejects if the worker failed. */
  done: Promise<void>;
}

/** After the grace time, activities that ignore their cancellation are left to the heartbeat timeout. */
const FORCE_AFTER_SECONDS = 10;

/** Parts of a worker besides its settings; the defaults are those of production. */
export interface WorkerParts {
  connectors?: Connectors;
  interceptors?: WorkerInterceptors;
}

/** Builds connectors, projection and activities, and serves the operations' task queue until it is shut down. */
export const startWorker = async (
  settings: WorkerSettings, logger: Logger, { connectors = createConnectors(settings), interceptors = {} }: WorkerParts = {},
): Promise<RunningWorker> => {
  checkCharts(settings);
  Runtime.install(runtimeOptions(logger));
  const connection = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
  const onConnectionError = (error: Error): void => logger.warn({ error: error.message }, 'a database connection broke');
  const pool = createPool(settings.DATABASE_URL, {
    applicationName: 'tenant-service-worker',
    max: 20,
    // Activities by the dozen share the pool, and can wait where a caller of the API cannot.
    connectTimeoutMs: 15_000,
    // Nor does anybody wait for an answer: a database that is slow now is better than a result that goes unrecorded.
    queryTimeoutMs: 30_000,
    lockTimeoutMs: 15_000,
    onConnectionError,
  });
  const probe = createPool(settings.DATABASE_URL, { applicationName: 'tenant-service-worker-readiness', max: 1, onConnectionError });
  const projection = createProjection(pool, { uncleanEndWaitSeconds: settings.HEARTBEAT_TIMEOUT_SECONDS + KILL_GRACE_MS / 1000 });
  const worker = await Worker.create({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    taskQueue: settings.TEMPORAL_TASK_QUEUE,
    ...(settings.WORKFLOW_BUNDLE
      ? { workflowBundle: { codePath: settings.WORKFLOW_BUNDLE } }
      : { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }),
    activities: createActivities({ connectors, projection, settings }),
    interceptors,
    maxConcurrentActivityTaskExecutions: settings.ACTIVITY_SLOTS,
    // With the default of 10 s, the step after a worker's death waits that long for the dead worker's sticky queue.
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: `${settings.SHUTDOWN_GRACE_SECONDS}s`,
    shutdownForceTime: `${settings.SHUTDOWN_GRACE_SECONDS + FORCE_AFTER_SECONDS}s`,
  });
  const health = await startHealthServer(settings, { worker, probe });
  const stopWatching = watchForAbandoned(settings, pool, logger);
  const stopDelivering = deliverRegularly({ connectors, projection }, logger);
  const stopForgetting = watchRetention(settings, pool, logger);

  const finish = async (): Promise<void> => {
    try {
      await worker.run();
    } finally {
      health.close();
      stopForgetting();
      await stopWatching();
      await stopDelivering();
      await connectors.events.close();
      await connection.close();
      await Promise.all([pool.end(), probe.end()]);
      logger.info('worker stopped');
    }
  };

  logger.info({ taskQueue: settings.TEMPORAL_TASK_QUEUE, health: settings.WORKER_HEALTH_PORT }, 'worker started');
  return {
    shutdown(reason) {
      logger.info({ reason }, 'worker is shutting down');
      if (worker.getState() === 'RUNNING') worker.shutdown();
    },
    done: finish(),
  };
};

/** Temporal's own log lines go through our logger, so that a process speaks in one format. */
const runtimeOptions = (logger: Logger): RuntimeOptions => ({
  logger: {
    log: (level, message, meta) => logger[pinoLevel(level)]({ ...meta }, message),
    trace: (message, meta) => logger.trace({ ...meta }, message),
    debug: (message, meta) => logger.debug({ ...meta }, message),
    info: (message, meta) => logger.info({ ...meta }, message),
    warn: (message, meta) => logger.warn({ ...meta }, message),
    error: (message, meta) => logger.error({ ...meta }, message),
  },
  shutdownSignals: [],
});

const pinoLevel = (level: string): 'trace' | 'debug' | 'info' | 'warn' | 'error' => level.toLowerCase() as 'trace' | 'debug' | 'info' | 'warn' | 'error';
