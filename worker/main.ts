import { createLogger } from '../settings/logger.ts';
import { readSettings } from '../settings/read-settings.ts';
import { workerSettingsSchema } from '../settings/worker.ts';
import { startWorker } from './worker.ts';

const settings = readSettings(workerSettingsSchema, process.env);
const logger = createLogger('worker', settings.LOG_LEVEL);
const worker = await startWorker(settings, logger);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => worker.shutdown(signal));
await worker.done;
