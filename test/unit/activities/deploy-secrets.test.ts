import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { deploySecrets } from '../../../activities/provisioning/deploy-secrets.ts';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../../tenant/errors.ts';
import { SECRETS } from '../../../tenant/names.ts';
import { aTenant } from '../../support/tenant.ts';

const TENANT = aTenant();

interface World {
  /** Makes the infrastructure service refuse to issue principals. */
  refuses?: boolean;
  /** Names of Secrets that somebody creates between our look and our request. */
  landing?: readonly string[];
}

/** Runs DEPLOY_SECRETS; `begun` and `ended` are the Secrets whose creation was asked for, and is over. */
const run = (world: World) => {
  const begun: string[] = [];
  const ended: string[] = [];
  const kubernetes = {
    get: async () => undefined,
    create: async ({ metadata }: Manifest) => {
      const name = metadata?.name ?? '';
      begun.push(name);
      await sleep(50);
      ended.push(name);
      if (world.landing?.includes(name)) throw new TenantError('CONFLICT', `secrets "${name}" already exists`);
      return {};
    },
  };
  const issueCredential = async () => {
    if (world.refuses) throw new TenantError('INVALID_REQUEST', 'no principals are issued');
    return { username: 'user', password: 'password' };
  };
  const dependencies = {
    connectors: { kubernetes, infrastructure: { issueCredential }, dataPlaneDatabase: { address: { host: 'db', port: 5432, database: 'data' } } },
    projection: { admit: async () => ({ tenant: TENANT }), enterPhase: async () => undefined, completePhase: async () => undefined, failPhase: async () => undefined },
    settings: { LLM_API_KEY: 'key' },
  } as unknown as ActivityDependencies;
  const environment = new MockActivityEnvironment({ workflowExecution: { workflowId: 'tenant-acme', runId: 'run-1' }, heartbeatTimeoutMs: 0 }, { logger: new DefaultLogger('ERROR') });
  const input = { tenantId: TENANT.id, slug: TENANT.slug, actor: 'me', kind: 'PROVISIONING' as const, originalRunId: 'run-1' };
  return { begun, ended, done: environment.run(deploySecrets(dependencies), input) };
};

describe('DEPLOY_SECRETS', () => {
  it('creates all five', async () => {
    const { ended, done } = run({});
    await done;
    assert.deepEqual(ended.toSorted(), Object.values(SECRETS).toSorted());
  });

  it('fails only when everything it began has ended: what comes next is not to meet it', async () => {
    const { begun, ended, done } = run({ refuses: true });
    await assert.rejects(done, { message: 'no principals are issued' });
    assert.deepEqual(ended.toSorted(), begun.toSorted());
    assert.ok(begun.includes(SECRETS.jwt));
  });

  it('takes a Secret that lands between its look and its request for its own: the namespace is the tenant\'s', async () => {
    const { done } = run({ landing: [SECRETS.jwt] });
    assert.deepEqual(await done, { secrets: Object.values(SECRETS) });
  });
});
