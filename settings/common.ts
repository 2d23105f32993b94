import { z } from 'zod';
import { text } from './read-settings.ts';

/** Settings that the API and the worker share: both must mean the same Temporal, task queue and database. */
export const commonSettings = {
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233').describe('host:port of the Temporal frontend'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace'),
  TEMPORAL_TASK_QUEUE: z.string().default('tenant-operations').describe('task queue of the operations'),
  DATABASE_URL: text('PostgreSQL URL of the control plane database, as the runtime role'),
  ENVIRONMENT: z.enum(['dev', 'staging', 'production']).default('production').describe('selects values-{environment}.yaml and the certificate issuer'),
  DNS_PARENT_ZONE: z.string().default('matih.ai').describe('parent of the tenants\' zones'),
  DELETION_CODE_KEY: z.string().min(32).describe('key from which deletion codes derive, at least 32 characters; the same for the API and the worker'),
  DELETION_TWO_ADMINS: z.enum(['true', 'false']).default('false').transform((value) => value === 'true').describe('true: every deletion needs a second admin\'s code too'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('least level that is logged'),
};
