import { z } from 'zod';
import { commonSettings } from './common.ts';
import { count } from './read-settings.ts';

/** Settings of the API. */
export const apiSettingsSchema = z.object({
  ...commonSettings,
  API_HOST: z.string().default('0.0.0.0').describe('address the API binds'),
  API_PORT: count(8082, 'port of the API'),
  JWT_SECRET: z.string().min(32).optional().describe('HS256 key of user tokens, at least 32 characters; either this or JWT_JWKS_URL'),
  JWT_JWKS_URL: z.url().optional().describe('key set of user tokens'),
  JWT_ISSUER: z.string().default('matih-platform').describe('expected issuer of user tokens'),
  TEMPORAL_UI_URL: z.url().default('http://127.0.0.1:8233').describe('Temporal Web UI, for links in answers'),
  API_KEEP_ALIVE_SECONDS: count(65, 'seconds an idle connection is kept open; more than the keep-alive of load balancers in front of the API'),
  BODY_LIMIT_KIB: count(64, 'KiB a request body may have'),
  VERDICT_DEADLINE_MS: count(4000, 'milliseconds to wait for what VALIDATE or CHECK_FIT finds before answering that the operation was accepted'),
}).refine((settings) => settings.JWT_SECRET !== undefined || settings.JWT_JWKS_URL !== undefined, {
  path: ['JWT_SECRET'], message: 'is missing, and so is JWT_JWKS_URL',
});

export type ApiSettings = z.infer<typeof apiSettingsSchema>;
