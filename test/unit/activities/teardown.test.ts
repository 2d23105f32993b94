import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { scanResidue } from '../../../activities/deletion/scan-residue.ts';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import { addressForgotten } from '../../../activities/teardown/address-forgotten.ts';
import { dropDatabases } from '../../../activities/teardown/drop-databases.ts';
import { removeNamespace } from '../../../activities/teardown/remove-namespace.ts';
import { removeZone } from '../../../activities/teardown/remove-zone.ts';
import { withdrawIngress } from '../../../activities/teardown/withdraw-ingress.ts';
import type { DnsFind } from '../../../connectors/azure-dns/interface.ts';
import type { DatabaseFind } from '../../../connectors/data-plane-database/interface.ts';
import type { TenantChange } from '../../../projection/interface.ts';
import type { OperationKind } from '../../../tenant/lifecycle.ts';
import type { OperationInput } from '../../../tenant/operations.ts';
import type { Holdings, Ownership } from '../../../tenant/ownership.ts';
import { FastCluster } from '../../support/fast-cluster.ts';
import { aTenant } from '../../support/tenant.ts';

const RECORDED: Holdings = { namespace: 'uid', ingressClass: 'nginx-acme', role: 'tenant_acme', schemas: ['acme_ai'], zone: '/zone/id', delegation: '/delegation/id' };

/** State of the outside systems, and the removals they received. */
interface World {
  kind?: OperationKind;
  holdings?: Holdings;
  zone?: Ownership;
  delegation?: Ownership;
  database?: DatabaseFind[];
  dns?: DnsFind[];
}

type Step = (dependencies: ActivityDependencies) => (input: OperationInput) => Promise<unknown>;

interface Outcome {
  result?: Record<string, unknown>;
  failed?: string;
  changes: TenantChange[];
  dropped: string[];
}

const run = async (activity: Step, world: World = {}): Promise<Outcome> => {
  const { kind = 'ROLLBACK', holdings = {}, zone = 'own', delegation = 'own', database = [], dns = [] } = world;
  const changes: TenantChange[] = [];
  const dropped: string[] = [];
  const tenant = aTenant({ status: kind === 'DELETION' ? 'DELETING' : 'FAILED', holdings });
  const operation = { kind, tenant, tenantId: tenant.id, phaseOutputs: {} };
  const nothing = async () => undefined;
  const dependencies = {
    settings: { NAMESPACE_DELETION_TIMEOUT_SECONDS: 1, DNS_RECORD_TTL_SECONDS: 1, CONTROL_PLANE_NAMESPACE: 'matih-control-plane' },
    projection: {
      admit: async () => operation, enterPhase: nothing, assertCurrent: nothing, completePhase: nothing, failPhase: async () => 0,
      updateTenant: async (_operation: unknown, change: TenantChange) => { changes.push(change); return tenant; },
    },
    connectors: {
      kubernetes: new FastCluster().kubernetes,
      azureDns: {
        parentZone: 'matih.ai', deleteZone: async () => zone, removeDelegation: async () => delegation,
        removeAddressRecords: async () => ({ zone, removed: zone === 'own' ? 4 : 0 }), find: async () => dns,
      },
      dataPlaneDatabase: { find: async () => database, drop: async () => void dropped.push('dropped') },
      infrastructure: { revokeCredential: nothing, residue: async () => [] }, configService: { count: async () => 0 }, iam: { listUsers: async () => [] },
    },
  } as unknown as ActivityDependencies;
  const input = { tenantId: tenant.id, slug: tenant.slug, actor: 'me', kind, originalRunId: 'run' };
  const outcome = await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() => activity(dependencies)(input))
    .then((result) => ({ result: result as Record<string, unknown> }), (error: Error & { type?: string }) => ({ failed: `${error.type}: ${error.message}` }));
  return { ...outcome, changes, dropped };
};

describe('a teardown step', () => {
  it('is in conflict with what was made for the tenant and lost its mark, and removes nothing of its kind', async () => {
    const cases = [
      [withdrawIngress, { zone: 'foreign' }, 'DNS zone acme.matih.ai'],
      [removeZone, { zone: 'foreign' }, 'DNS zone acme.matih.ai'],
      [removeZone, { delegation: 'foreign' }, 'delegation of acme.matih.ai'],
      [dropDatabases, { database: [{ kind: 'role', name: 'tenant_acme', ownership: 'foreign' }, { kind: 'schema', name: 'acme_ai', ownership: 'foreign' }] }, 'role tenant_acme, schema acme_ai'],
    ] satisfies [Step, World, string][];
    for (const [step, world, named] of cases) {
      const { failed = '', changes, dropped } = await run(step, { ...world, holdings: RECORDED });
      assert.ok(failed.startsWith('CONFLICT:') && failed.includes(named), failed);
      assert.deepEqual([changes, dropped], [[], []]);
    }
  });

  it('skips an object that never was the tenant\'s, and says so', async () => {
    assert.deepEqual((await run(removeZone, { zone: 'foreign', delegation: 'foreign' })).result, { zone: 'acme.matih.ai', found: 'foreign', delegation: 'foreign' });
    assert.deepEqual((await run(withdrawIngress, { zone: 'foreign' })).result, { zone: 'acme.matih.ai', found: 'foreign', addressRecords: 0, objects: 0 });
    const { dropped } = await run(dropDatabases, { database: [{ kind: 'schema', name: 'acme_ai', ownership: 'foreign' }] });
    assert.deepEqual(dropped, ['dropped'], 'the connector leaves another owner\'s');
  });

  it('forgets what a rollback removed, and nothing that a deletion did', async () => {
    const forgotten = async (kind: OperationKind) => (await Promise.all([removeZone, removeNamespace, dropDatabases].map((step) => run(step, { kind, holdings: RECORDED })))).flatMap(({ changes }) => changes);
    assert.deepEqual(await forgotten('ROLLBACK'), [
      { dnsZone: null, holdings: { zone: undefined, delegation: undefined } },
      { holdings: { namespace: undefined, ingressClass: undefined } },
      { holdings: { role: undefined, schemas: undefined } },
    ]);
    assert.deepEqual(await forgotten('DELETION'), []);
  });

  it('frees an address only when the time to live of its records is over', async () => {
    const waited = async (withdrawnAt: string | undefined): Promise<number> => {
      const started = performance.now();
      await addressForgotten({ phaseOutputs: { WITHDRAW_INGRESS: { withdrawnAt } } }, { DNS_RECORD_TTL_SECONDS: 1 }, new AbortController().signal);
      return performance.now() - started;
    };
    assert.ok(await waited(new Date().toISOString()) >= 900);
    assert.ok(await waited(new Date(Date.now() - 1_000).toISOString()) < 500);
    assert.ok(await waited(undefined) < 500);
    assert.equal(typeof (await run(withdrawIngress)).result?.['withdrawnAt'], 'string');
  });
});

describe('the residue scan', () => {
  const FOUND: World = {
    kind: 'DELETION',
    database: [{ kind: 'role', name: 'tenant_acme', ownership: 'foreign' }],
    dns: [{ kind: 'zone', what: 'zone /zone/id', ownership: 'foreign' }, { kind: 'delegation', what: 'delegation /delegation/id', ownership: 'own' }],
  };

  it('names what carries the tenant\'s mark, and what was made for it and lost the mark', async () => {
    const { failed } = await run(scanResidue, { ...FOUND, holdings: RECORDED });
    assert.equal(failed, 'NOT_READY: still there of tenant acme: database: role tenant_acme; dns: zone /zone/id, delegation /delegation/id');
  });

  it('counts no object that never was the tenant\'s, and distinguishes it', async () => {
    const { result } = await run(scanResidue, { ...FOUND, dns: FOUND.dns!.slice(0, 1) });
    assert.deepEqual(result, {
      residue: { kubernetes: 0, database: 0, dns: 0, configuration: 0, iam: 0, infrastructure: 0 },
      foreign: ['role tenant_acme', 'zone /zone/id'],
    });
  });
});
