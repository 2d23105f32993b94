import assert from 'node:assert/strict';
import { ensureSecrets, restartForSecrets } from '../../../activities/provisioning/secrets.ts';
import type { Connectors } from '../../../connectors/connectors.ts';
import type { Manifest, ObjectRef } from '../../../connectors/kubernetes/interface.ts';
import { SECRETS } from '../../../tenant/names.ts';
import { aTenant } from '../../support/tenant.ts';

const TENANT = aTenant();
const RENEWED_BY = 'matih.io/secrets-renewed-by';

const decoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
const encoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

interface Held extends Manifest {
  metadata: { name: string; resourceVersion: string; annotations?: Record<string, string> };
  data: Record<string, string>;
}

/** A namespace with Secrets and Deployments; counts what the infrastructure service is asked for. */
class World {
  readonly secrets = new Map<string, Held>();
  readonly restarted: [string, string][] = [];
  issued = 0;

  readonly connectors = {
    kubernetes: {
      get: async ({ name }: ObjectRef) => structuredClone(this.secrets.get(name)),
      create: async ({ metadata, stringData }: Manifest) => {
        const { name = '', annotations } = metadata ?? {};
        this.secrets.set(name, { metadata: { name, resourceVersion: '1', ...(annotations && { annotations }) }, data: encoded(stringData as Record<string, string>) });
        return {};
      },
      mergePatch: async ({ kind, name }: ObjectRef, patch: Record<string, any>) => {
        if (kind === 'Deployment') this.restarted.push([name, patch['spec'].template.metadata.annotations[RENEWED_BY] as string]);
        const secret = this.secrets.get(name);
        if (!secret) return undefined;
        assert.equal(patch['metadata'].resourceVersion, secret.metadata.resourceVersion);
        secret.metadata = { ...secret.metadata, resourceVersion: String(Number(secret.metadata.resourceVersion) + 1), annotations: { ...secret.metadata.annotations, ...patch['metadata'].annotations } };
        secret.data = { ...secret.data, ...patch['data'] };
        return secret;
      },
    },
    infrastructure: { issueCredential: async () => { this.issued += 1; return { username: 'user', password: 'issued' }; } },
    dataPlaneDatabase: { address: { host: 'db', port: 5432, database: 'data' } },
  } as unknown as Connectors;

  ensure(key: string | undefined, renewedBy?: string): Promise<string[]> {
    return ensureSecrets(this.connectors, { LLM_API_KEY: key }, TENANT, renewedBy);
  }

  restart(): Promise<void> {
    return restartForSecrets(this.connectors.kubernetes, TENANT.namespace, ['query-engine', 'bi-service']);
  }

  values(name: string): Record<string, string> {
    return decoded(this.secrets.get(name)?.data ?? {});
  }

  snapshot(): Record<string, Record<string, string>> {
    return Object.fromEntries([...this.secrets.keys()].toSorted().map((name) => [name, this.values(name)]));
  }
}

describe('the Secrets of a tenant', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    await world.ensure('key-1');
  });

  it('stay as they are when nothing is missing, and no pod is replaced', async () => {
    const before = world.snapshot();
    await world.ensure('key-1', 'operation-1');
    await world.restart();
    assert.deepEqual([world.snapshot(), world.issued, world.restarted], [before, 2, []]);
  });

  it('take up a new key of the platform, and nothing else changes', async () => {
    const before = world.snapshot();
    await world.ensure('key-2', 'operation-1');
    assert.deepEqual(world.snapshot(), { ...before, [SECRETS.llm]: { 'api-key': 'key-2' } });
  });

  it('keep the key that they have when the platform provides none any more', async () => {
    await world.ensure(undefined, 'operation-1');
    assert.deepEqual(world.values(SECRETS.llm), { 'api-key': 'key-1' });
  });

  it('that an operator deleted are recreated, the database\'s with another password', async () => {
    const before = world.snapshot();
    world.secrets.delete(SECRETS.database);
    world.secrets.delete(SECRETS.redis);
    await world.ensure('key-1', 'operation-1');
    const { password, ...rest } = world.values(SECRETS.database);
    const { password: old, ...same } = before[SECRETS.database]!;
    assert.deepEqual(rest, same);
    assert.notEqual(password, old);
    assert.deepEqual(world.values(SECRETS.redis), before[SECRETS.redis]);
  });

  it('with a missing value are completed, and keep the other values', async () => {
    const { password: _, ...rest } = world.secrets.get(SECRETS.database)!.data;
    world.secrets.get(SECRETS.database)!.data = rest;
    await world.ensure('key-1', 'operation-1');
    assert.ok(world.values(SECRETS.database)['password']);
    assert.equal(world.values(SECRETS.database)['host'], 'db');
  });

  it('have the pods replaced that were started before a renewal, once for each', async () => {
    await world.ensure('key-2', 'operation-1');
    await world.ensure('key-2', 'operation-2');
    await world.restart();
    await world.restart();
    assert.deepEqual(world.restarted, [['query-engine', 'operation-1'], ['bi-service', 'operation-1'], ['query-engine', 'operation-1'], ['bi-service', 'operation-1']]);
    world.secrets.delete(SECRETS.jwt);
    await world.ensure('key-2', 'operation-3');
    await world.restart();
    assert.deepEqual(world.restarted.at(-1), ['bi-service', 'operation-1,operation-3']);
  });

  it('of a first provisioning replace no pod', async () => {
    await world.restart();
    assert.deepEqual(world.restarted, []);
  });
});
