import { randomBytes } from 'node:crypto';
import type { Connectors } from '../../connectors/connectors.ts';
import type { Kubernetes } from '../../connectors/kubernetes/interface.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { TenantError } from '../../tenant/errors.ts';
import { labelsOf } from '../../tenant/labels.ts';
import { databaseRoleOf, SECRETS } from '../../tenant/names.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { allEnded } from '../all-ended.ts';
import { createOnce } from '../create-once.ts';

type SecretData = Readonly<Record<string, string>>;

/** The source of a Secret's content. */
interface Source {
  keys: readonly string[];
  /** Makes or fetches the content; called for missing values only. */
  make: () => SecretData | Promise<SecretData>;
  /** Content that the platform provides now; it replaces the stored content. */
  provided?: SecretData;
}

/** On a Secret: the operation that renewed it under running pods. On a pod: the renewals before its start. */
const RENEWED_BY = 'matih.io/secrets-renewed-by';

/** 256 random bits, in characters that need no escaping in a connection string. */
const randomSecret = (): string => randomBytes(32).toString('base64url');

/** Made by this service, issued by the infrastructure service, or provided by the platform. */
const sourcesOf = (
  { dataPlaneDatabase, infrastructure }: Pick<Connectors, 'dataPlaneDatabase' | 'infrastructure'>, { LLM_API_KEY }: Pick<WorkerSettings, 'LLM_API_KEY'>, tenant: Tenant,
): Readonly<Record<string, Source>> => {
  const issued = (system: 'redis' | 'kafka'): Source =>
    ({ keys: ['username', 'password'], make: async () => ({ ...await infrastructure.issueCredential(tenant.id, system) }) });
  return {
    [SECRETS.database]: {
      keys: ['username', 'password', 'host', 'port', 'database'],
      make: () => {
        const { host, port, database } = dataPlaneDatabase.address;
        return { username: databaseRoleOf(tenant.slug), password: randomSecret(), host, port: String(port), database };
      },
    },
    [SECRETS.redis]: issued('redis'),
    [SECRETS.kafka]: issued('kafka'),
    [SECRETS.jwt]: { keys: ['signing-key'], make: () => ({ 'signing-key': randomSecret() }) },
    [SECRETS.llm]: {
      keys: ['api-key'],
      make: () => {
        if (!LLM_API_KEY) throw new TenantError('UNAVAILABLE', 'the platform provides no key of the LLM API (LLM_API_KEY)');
        return { 'api-key': LLM_API_KEY };
      },
      ...(LLM_API_KEY && { provided: { 'api-key': LLM_API_KEY } }),
    },
  };
};

/**
 * Creates missing Secrets of the tenant, restores missing values, and replaces values that the platform provides anew. Any other value
 * stays. `renewedBy` names the operation that repairs a tenant with running pods; `restartForSecrets` then replaces the pods. The caller
 * sets the database role's password from the Secret afterwards. Returns the names of all Secrets.
 */
export const ensureSecrets = async (
  connectors: Pick<Connectors, 'kubernetes' | 'dataPlaneDatabase' | 'infrastructure'>, settings: Pick<WorkerSettings, 'LLM_API_KEY'>, tenant: Tenant, renewedBy?: string,
): Promise<string[]> => {
  const sources = Object.entries(sourcesOf(connectors, settings, tenant));
  const annotations = renewedBy === undefined ? {} : { annotations: { [RENEWED_BY]: renewedBy } };
  await allEnded(sources.map(([name, source]) => ensureSecret(connectors.kubernetes, tenant, name, source, annotations)));
  return sources.map(([name]) => name);
};

const ensureSecret = async (
  kubernetes: Kubernetes, tenant: Tenant, name: string, { keys, make, provided }: Source, annotations: { annotations?: SecretData },
): Promise<void> => {
  const { namespace } = tenant;
  const ref = { apiVersion: 'v1', kind: 'Secret', name, namespace };
  const present = await kubernetes.get(ref);
  if (!present) {
    const metadata = { name, namespace, labels: labelsOf(tenant), ...annotations };
    await createOnce(kubernetes, { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: await make() });
    return;
  }
  const held = (present['data'] ?? {}) as SecretData;
  const missing = keys.filter((key) => !held[key]);
  const made = missing.length > 0 ? await make() : {};
  const wanted = { ...Object.fromEntries(missing.map((key) => [key, made[key] ?? ''])), ...provided };
  const data = Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, Buffer.from(value).toString('base64')]).filter(([key = '', value]) => held[key] !== value));
  if (Object.keys(data).length === 0) return;
  const resourceVersion = present.metadata?.resourceVersion;
  await kubernetes.mergePatch(ref, { metadata: { ...annotations, ...(resourceVersion && { resourceVersion }) }, data });
};

/**
 * Replaces the pods of the named Deployments if a Secret was renewed after their start. A pod reads its Secrets only then. Idempotent.
 */
export const restartForSecrets = async (kubernetes: Kubernetes, namespace: string, deployments: readonly string[]): Promise<void> => {
  const secrets = await allEnded(Object.values(SECRETS).map((name) => kubernetes.get({ apiVersion: 'v1', kind: 'Secret', name, namespace })));
  const renewals = [...new Set(secrets.flatMap((secret) => secret?.metadata?.annotations?.[RENEWED_BY] ?? []))].toSorted().join(',');
  if (!renewals) return;
  await allEnded(deployments.map((name) => kubernetes.mergePatch(
    { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace }, { spec: { template: { metadata: { annotations: { [RENEWED_BY]: renewals } } } } })));
};
