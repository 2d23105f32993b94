import { apiSettingsSchema } from '../settings/api.ts';
import { createLogger } from '../settings/logger.ts';
import { readSettings } from '../settings/read-settings.ts';
import { startApi } from './server.ts';

const settings = readSettings(apiSettingsSchema, process.env);
const logger = createLogger('api', settings.LOG_LEVEL);
const api = await startApi(settings, logger);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    logger.info({ signal }, 'API stops');
    void api.stop();
  });
}
