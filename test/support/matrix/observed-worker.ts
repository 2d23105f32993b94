/** A worker as a process of its own, with the real connectors, whose activities are watched and disturbed by the test that started it. */
import './redirect.ts';
import { createLogger } from '../../../settings/logger.ts';
import { readSettings } from '../../../settings/read-settings.ts';
import { workerSettingsSchema } from '../../../settings/worker.ts';
import { createConnectors } from '../../../worker/connectors.ts';
import { startWorker } from '../../../worker/worker.ts';
import { Observer } from './observer.ts';
import type { Order } from './rules.ts';

const settings = readSettings(workerSettingsSchema, process.env);
const observer = new Observer((report) => void process.send?.(report));
process.on('message', (order) => observer.obey(order as Order));
const worker = await startWorker(settings, createLogger('worker', settings.LOG_LEVEL), {
  connectors: observer.connectors(createConnectors(settings)), interceptors: { activity: [observer.interceptors] },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => worker.shutdown(signal));
process.once('disconnect', () => worker.shutdown('the test ended'));
process.send?.({ type: 'ready' });
await worker.done;
process.exit(0);
