import { z } from 'zod';

const port = z.coerce.number({ error: 'expected a port' }).int().min(1).max(65535);

const schema = z.object({
  STANDINS_PORT_IAM: port,
  STANDINS_PORT_CONFIG: port,
  STANDINS_PORT_NOTIFICATION: port,
  STANDINS_PORT_AUDIT: port,
  STANDINS_PORT_INFRASTRUCTURE: port,
  STANDINS_PORT_AZURE_DNS: port,
  DNS_PORT: port.describe('UDP and TCP, on 127.0.0.1 for the parent zone and on 127.0.1.x for each child zone'),
  CLUSTER_PROXY_PORT: port,
  KUBECONFIG_ADMIN: z.string().min(1).describe('path of a kubeconfig that may do everything in the local cluster'),
  DNS_PARENT_ZONE: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'expected a domain such as matih.ai'),
  SERVICE_JWT_SECRET: z.string().min(32, 'expected at least 32 characters'),
});

export type StandInSettings = z.infer<typeof schema>;

/** Reads the settings; throws one error that names every missing or wrong one. Values are never part of it. */
export const readSettings = (environment: NodeJS.ProcessEnv): StandInSettings => {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The stand-ins' settings are incomplete:\n${faults.join('\n')}`);
};
