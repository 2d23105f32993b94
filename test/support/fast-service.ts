import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../../activities/activities.ts';
import { startApi } from '../../api/server.ts';
import { createPool } from '../../projection/pool.ts';
import { createProjection } from '../../projection/projection.ts';
import { apiSettingsSchema } from '../../settings/api.ts';
import { readSettings } from '../../settings/read-settings.ts';
import { workerSettingsSchema } from '../../settings/worker.ts';
import { createConnectors } from '../../worker/connectors.ts';
import { serviceEnvironment } from './endpoints.ts';
import type { FastCluster } from './fast-cluster.ts';
import './quiet-runtime.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface FastService {
  /** Base URL of its API. */
  api: string;
  stop: () => Promise<void>;
}

/**
 * API and worker in this process, on a task queue of their own: real workflows, activities and projection, with the stack's Temporal,
 * databases, Kafka, archive, DNS and platform services; only Kubernetes, Helm and the health checks are those of a cluster in memory.
 */
export const startFastService = async (cluster: FastCluster): Promise<FastService> => {
  const environment = { ...serviceEnvironment(), TEMPORAL_TASK_QUEUE: `fast-${crypto.randomUUID()}` };
  const settings = readSettings(workerSettingsSchema, environment);
  const logger = pino({ level: 'silent' });
  const pool = createPool(settings.DATABASE_URL, { applicationName: 'test-worker', queryTimeoutMs: 30_000, connectTimeoutMs: 15_000 });
  const real = createConnectors(settings);
  const connectors = {
    ...real, kubernetes: cluster.kubernetes, helm: cluster.helm,
    health: { check: async () => ({ healthy: true, statusCode: 200, milliseconds: 0 }) },
  };
  const connection = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
  const worker = await Worker.create({
    connection, namespace: settings.TEMPORAL_NAMESPACE, taskQueue: settings.TEMPORAL_TASK_QUEUE, workflowBundle: await workflowBundle(),
    activities: createActivities({ connectors, projection: createProjection(pool), settings }), shutdownGraceTime: '1s',
  });
  const running = worker.run();
  const api = await startApi({ ...readSettings(apiSettingsSchema, environment), API_PORT: 0 }, logger);
  return {
    api: `http://127.0.0.1:${api.port}`,
    stop: async () => {
      await api.stop();
      worker.shutdown();
      await running;
      await Promise.all([real.events.close(), connection.close(), pool.end()]);
    },
  };
};
