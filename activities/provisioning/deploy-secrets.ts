/**
 * Effect: the five Secrets of the namespace, each from its own source.
 * Idempotent: a Secret that exists is left alone, its value never made anew; the infrastructure service answers the same principal again.
 * After a crash: the missing ones are created. A value that was made but not stored is lost and nobody has seen it.
 */
import { randomBytes } from 'node:crypto';
import type { Connectors } from '../../connectors/connectors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { TenantError } from '../../tenant/errors.ts';
import { labelsOf } from '../../tenant/labels.ts';
import { databaseRoleOf, SECRETS } from '../../tenant/names.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { allEnded } from '../all-ended.ts';
import { createOnce } from '../create-once.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

type SecretData = Readonly<Record<string, string>>;

/** 256 bits, in characters that need no escaping in a connection string. */
const randomSecret = (): string => randomBytes(32).toString('base64url');

/** Where each Secret's content comes from: made by us, issued by the infrastructure service, or provided by the platform. */
const sourcesOf = (
  { dataPlaneDatabase, infrastructure }: Connectors, settings: WorkerSettings, tenant: Tenant,
): Readonly<Record<string, () => SecretData | Promise<SecretData>>> => ({
  [SECRETS.database]: () => {
    const { host, port, database } = dataPlaneDatabase.address;
    return { username: databaseRoleOf(tenant.slug), password: randomSecret(), host, port: String(port), database };
  },
  [SECRETS.redis]: async () => ({ ...await infrastructure.issueCredential(tenant.id, 'redis') }),
  [SECRETS.kafka]: async () => ({ ...await infrastructure.issueCredential(tenant.id, 'kafka') }),
  [SECRETS.jwt]: () => ({ 'signing-key': randomSecret() }),
  [SECRETS.llm]: () => {
    if (!settings.LLM_API_KEY) throw new TenantError('UNAVAILABLE', 'the platform provides no key of the LLM API (LLM_API_KEY)');
    return { 'api-key': settings.LLM_API_KEY };
  },
});

export const deploySecrets = (dependencies: ActivityDependencies) => {
  const { connectors, settings } = dependencies;
  const { kubernetes } = connectors;
  return phaseActivity(dependencies, 'DEPLOY_SECRETS', async ({ operation: { tenant } }) => {
    const sources = Object.entries(sourcesOf(connectors, settings, tenant));
    await allEnded(sources.map(async ([name, source]) => {
      const ref = { apiVersion: 'v1', kind: 'Secret', name, namespace: tenant.namespace };
      if (await kubernetes.get(ref)) return;
      await createOnce(kubernetes, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: tenant.namespace, labels: labelsOf(tenant) },
        type: 'Opaque',
        stringData: await source(),
      });
    }));
    return { secrets: sources.map(([name]) => name) };
  });
};
