import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { startApi, type ApiServer } from '../../api/server.ts';
import type { Temporal } from '../../api/temporal.ts';
import { apiSettingsSchema, type ApiSettings } from '../../settings/api.ts';

export const SECRET = 'a-secret-of-more-than-thirty-two-characters';

export interface TestApi {
  server: ApiServer;
  url: string;
  /** Lines the API logged, parsed. */
  log: Record<string, unknown>[];
}

/** The API on a free port, logging into an array. Without a `temporal`, Temporal has a port without a listener, unless `overrides` say otherwise. */
export const startTestApi = async (databaseUrl: string, overrides: Partial<ApiSettings> = {}, temporal?: Temporal): Promise<TestApi> => {
  const defaults = apiSettingsSchema.parse({ DATABASE_URL: databaseUrl, JWT_SECRET: SECRET, DELETION_CODE_KEY: SECRET, TEMPORAL_ADDRESS: '127.0.0.1:1', API_HOST: '127.0.0.1' });
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) });
  const server = await startApi({ ...defaults, ...overrides, API_PORT: 0 }, logger, temporal);
  return { server, url: `http://127.0.0.1:${server.port}`, log };
};

export interface TokenOptions {
  roles?: string[];
  tenantId?: string;
  subject?: string;
  secret?: string;
  issuer?: string;
  type?: string;
  issuedAt?: number;
  expires?: number | string;
}

/** A user's token; by default a good one of a platform admin. Times are seconds since 1970. */
export const token = ({
  roles = ['platform_admin'], tenantId, subject = 'admin@matih.example', secret = SECRET, issuer = 'matih-platform', type = 'access', issuedAt, expires = '15m',
}: TokenOptions = {}): Promise<string> =>
  new SignJWT({ roles, type, ...(tenantId && { tenant_id: tenantId }) })
    .setProtectedHeader({ alg: 'HS256' }).setJti(randomUUID()).setSubject(subject).setIssuer(issuer)
    .setIssuedAt(issuedAt).setExpirationTime(expires).sign(new TextEncoder().encode(secret));
