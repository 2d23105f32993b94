import type { Server } from 'node:http';
import type { Worker } from '@temporalio/worker';
import express from 'express';
import type pg from 'pg';
import { collectDefaultMetrics, register } from 'prom-client';
import type { WorkerSettings } from '../settings/worker.ts';

interface Dependencies {
  worker: Worker;
  /** A separate connection for readiness, independent of the number of activities in progress. */
  probe: pg.Pool;
}

/** Liveness, readiness (polling for work, with a database that answers) and Prometheus metrics of the worker. */
export const startHealthServer = (settings: WorkerSettings, { worker, probe }: Dependencies): Promise<Server> => {
  collectDefaultMetrics();
  const app = express();
  app.get('/healthz', (_request, response) => void response.json({ status: 'UP' }));
  app.get('/readyz', async (_request, response) => {
    const database = await probe.query('SELECT 1').then(() => true, () => false);
    const running = worker.getState() === 'RUNNING';
    response.status(database && running ? 200 : 503).json({ worker: worker.getState(), database: database ? 'UP' : 'DOWN' });
  });
  app.get('/metrics', async (_request, response) => void response.type(register.contentType).send(await register.metrics()));
  return new Promise((resolve, reject) => {
    const server = app.listen(settings.WORKER_HEALTH_PORT, settings.WORKER_HEALTH_HOST, (error) => error ? reject(error) : resolve(server));
  });
};
