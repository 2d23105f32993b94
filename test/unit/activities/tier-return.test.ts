import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import { applyQuota } from '../../../activities/tier-change/apply-quota.ts';
import { restoreReleases } from '../../../activities/tier-change/restore-releases.ts';
import { upgradeReleases } from '../../../activities/tier-change/upgrade-releases.ts';
import type { DeployRelease, NewestRelease } from '../../../connectors/helm/interface.ts';
import type { Manifest, ObjectRef } from '../../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../../tenant/errors.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import { SECRETS } from '../../../tenant/names.ts';
import type { OperationInput } from '../../../tenant/operations.ts';
import type { Subscription } from '../../../tenant/tiers.ts';
import { aTenant } from '../../support/tenant.ts';

const TENANT = aTenant({ status: 'ACTIVE', activatedAt: new Date() });
const FREE: Subscription = { tier: 'FREE', quota: null };
const INPUT: OperationInput = { tenantId: TENANT.id, slug: TENANT.slug, actor: 'me', kind: 'TIER_CHANGE', originalRunId: 'run' };
const GROUP = ['query-engine', 'ml-service', 'render-service'];

/** A cluster, Helm and a database in memory, with what is broken about them. */
class World {
  /** Calls that changed something, one line each. */
  readonly done: string[] = [];
  readonly objects = new Map<string, Manifest>();
  /** Errors of helm, by release and by command. */
  readonly broken: Record<string, TenantError> = {};
  readonly gone = new Set<string>();
  newest: NewestRelease | undefined;
  readonly failures: { cost: number; message: string }[] = [];
  completed: string[] = [];
  /** Milliseconds of trouble before the attempt. */
  troubledMs = 0;

  readonly #key = ({ kind, name }: { kind?: string | undefined; name?: string | undefined }): string => `${kind}/${name}`;

  readonly dependencies = {
    settings: {
      WAVE_TIMEOUT_SECONDS: 600, COMPENSATION_TIMEOUT_SECONDS: 900, IMAGE_REGISTRY: 'registry', ENVIRONMENT: 'dev', CONTROL_PLANE_NAMESPACE: 'control',
      SHARED_INFRASTRUCTURE_NAMESPACE: 'shared', KUBERNETES_API_CIDRS: ['10.0.0.0/8'], KUBERNETES_API_PORT: 6443, LLM_API_KEY: 'key',
    },
    projection: {
      admit: async () => ({ tenantId: TENANT.id, kind: 'TIER_CHANGE', operationId: 'op', tenant: TENANT, phaseOutputs: {} }),
      enterPhase: async () => undefined,
      assertCurrent: async () => undefined,
      completePhase: async (_operation: unknown, phase: string) => void this.completed.push(phase),
      failPhase: async (_operation: unknown, _phase: string, { message }: { message: string }, cost: number) => {
        this.failures.push({ cost, message });
        return this.troubledMs + cost;
      },
    },
    connectors: {
      azureDns: { parentZone: 'matih.ai' },
      dataPlaneDatabase: {
        address: { host: 'db', port: 5432, database: 'data' },
        ensureRole: async (_database: unknown, password: string, limit: number) => {
          if (this.broken['database']) throw this.broken['database'];
          this.done.push(`role ${password === '' ? 'without' : 'with'} a password, ${limit} connections`);
        },
      },
      infrastructure: { issueCredential: async () => ({ username: 'user', password: 'issued' }) },
      kubernetes: {
        get: async (ref: ObjectRef) => this.objects.get(this.#key(ref)),
        list: async ({ kind }: { kind: string }) => kind !== 'Deployment' ? [] : GROUP.map((name) =>
          ({ metadata: { name, generation: 1 }, spec: { replicas: 1 }, status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1, replicas: 1 } })),
        create: async (manifest: Manifest) => {
          const { stringData = {} } = manifest as { stringData?: Record<string, string> };
          const data = Object.fromEntries(Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
          this.objects.set(this.#key({ kind: manifest.kind, name: manifest.metadata?.name }), { ...manifest, data });
          return manifest;
        },
        apply: async (manifest: Manifest) => {
          const error = this.broken[manifest.kind ?? ''];
          if (error) throw error;
          this.objects.set(this.#key({ kind: manifest.kind, name: manifest.metadata?.name }), { ...manifest, status: manifest['spec'] });
          return manifest;
        },
        mergePatch: async ({ kind, name }: ObjectRef, { metadata }: { metadata?: { labels?: Record<string, string> } }) => {
          if (metadata?.labels) this.done.push(`${kind}/${name} is ${metadata.labels['matih.io/tier']}`);
          return {};
        },
      },
      helm: {
        status: async () => this.newest,
        rollBack: async (release: string, _namespace: string, revision: number) => {
          const error = this.broken[release];
          if (error) throw error;
          if (this.gone.has(release)) return undefined;
          this.done.push(`${release} back to ${revision}`);
          return { revision: revision + 2, action: 'rolled-back' };
        },
        upgrade: async ({ release, set, description }: DeployRelease) => {
          const error = this.broken[release];
          if (error) throw error;
          this.done.push(`${release} upgraded to ${set['tenant.tier']}${description === undefined ? '' : `: ${description}`}`);
          return { revision: 9, action: 'upgraded' };
        },
      },
    },
  } as unknown as ActivityDependencies;

  constructor() {
    this.objects.set(`Namespace/${TENANT.namespace}`, { kind: 'Namespace', metadata: { name: TENANT.namespace, labels: labelsOf(TENANT) }, status: { phase: 'Active' } });
  }

  run<Input>(activity: (dependencies: ActivityDependencies) => (input: Input) => Promise<unknown>, input: Input, attempt = 1): Promise<any> {
    const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 0, attempt }, { logger: new DefaultLogger('ERROR') });
    return environment.run(activity(this.dependencies) as (input: unknown) => Promise<unknown>, input);
  }
}

const releaseOf = (chart: string): string => `${TENANT.slug}-${chart}`;

describe('the return of a group of releases', () => {
  const input = { ...INPUT, to: FREE, releases: GROUP, revisions: { 'query-engine': 7, 'ml-service': 4 } };
  let world: World;

  beforeEach(() => { world = new World(); });

  it('goes to the revisions before the change, and by an upgrade where there is none any more', async () => {
    world.gone.add(releaseOf('ml-service'));
    const { releases } = await world.run(restoreReleases, input);
    assert.deepEqual(world.done.toSorted(), [
      `${releaseOf('ml-service')} upgraded to free`, `${releaseOf('query-engine')} back to 7`, `${releaseOf('render-service')} upgraded to free`,
    ]);
    assert.equal(releases['query-engine'].action, 'rolled-back');
    assert.deepEqual(world.completed, [], 'other parts may still be missing');
  });

  it('restores the other releases when one cannot be, and names it', async () => {
    world.broken[releaseOf('ml-service')] = new TenantError('INVALID_REQUEST', 'spec.selector: field is immutable');
    await assert.rejects(world.run(restoreReleases, input), { type: 'INVALID_REQUEST', nonRetryable: true, message: 'ml-service: spec.selector: field is immutable' });
    assert.deepEqual(world.done.toSorted(), [`${releaseOf('query-engine')} back to 7`, `${releaseOf('render-service')} upgraded to free`]);
  });

  it('is tried as long as the time of a compensation allows, and no longer', async () => {
    world.broken[releaseOf('ml-service')] = new TenantError('UNAVAILABLE', 'away');
    world.troubledMs = 890_000;
    await assert.rejects(world.run(restoreReleases, input), { nonRetryable: false });
    world.troubledMs = 899_500;
    await assert.rejects(world.run(restoreReleases, input), { nonRetryable: true, message: 'ml-service: away' });
  });
});

describe('the upgrade of a group of releases', () => {
  const input = { ...INPUT, to: FREE, releases: ['query-engine'], last: true, returning: false };
  const mark = 'Change to free by operation op';
  const newest = (overrides: Partial<NewestRelease> = {}): NewestRelease =>
    ({ name: 'x', namespace: 'ns', revision: 8, status: 'deployed', updatedAt: new Date(0), chart: 'c-1', description: mark, ...overrides });

  it('makes one revision, however often it is tried, so that the one before the change is kept', async () => {
    const world = new World();
    world.newest = newest();
    assert.deepEqual((await world.run(upgradeReleases, input, 2)).releases, { 'query-engine': { revision: 8, action: 'unchanged' } });
    assert.deepEqual(world.done, []);
    for (const [found, attempt] of [[newest(), 1], [newest({ status: 'failed' }), 2], [newest({ description: 'Rollback to 7' }), 2], [undefined, 2]] as const) {
      world.newest = found;
      assert.equal((await world.run(upgradeReleases, input, attempt)).releases['query-engine'].action, 'upgraded');
    }
    assert.deepEqual(new Set(world.done), new Set([`${releaseOf('query-engine')} upgraded to free: ${mark}`]));
  });
});

describe('the return of a quota', () => {
  const input = { ...INPUT, to: FREE, returning: true };

  it('makes a removed Secret anew, and gives the database role its password', async () => {
    const world = new World();
    await world.run(applyQuota, input);
    assert.ok(world.objects.has(`Secret/${SECRETS.database}`));
    assert.ok(world.done.includes('role with a password, 30 connections'), world.done.join('\n'));
    assert.ok(world.done.includes(`Namespace/${TENANT.namespace} is free`));
    assert.deepEqual(world.completed, []);
  });

  it('restores every possible part, and names the others', async () => {
    const world = new World();
    world.broken['database'] = new TenantError('UNAVAILABLE', 'the data plane database is away');
    world.broken['Ingress'] = new TenantError('CONFLICT', 'the ingress is foreign');
    await assert.rejects(world.run(applyQuota, input), {
      type: 'UNAVAILABLE', message: 'ingress: the ingress is foreign; connection limit: the data plane database is away',
    });
    assert.ok(world.objects.has('ResourceQuota/tenant-quota'));
    assert.ok(world.done.includes(`Namespace/${TENANT.namespace} is free`));
  });
});
