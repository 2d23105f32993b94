import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { startWorkloads } from '../../../activities/workloads/start-workloads.ts';
import { checkHealth } from '../../../activities/health-checks.ts';
import { stopForGood, stopWorkloads, whyPodStays, type StoppedWorkloads } from '../../../activities/workloads/stop-workloads.ts';
import type { Kubernetes, ListOptions, Manifest, ObjectRef } from '../../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../../tenant/errors.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import { aTenant } from '../../support/tenant.ts';

const TENANT = aTenant();
const REPLICAS = 'matih.io/replicas-before-suspension';

interface Held extends Manifest {
  metadata: NonNullable<Manifest['metadata']>;
  spec: { replicas?: number; suspend?: boolean };
  status: Record<string, unknown>;
}

/** A namespace whose controllers are done at once: pods are what the replicas say. */
class Namespace {
  readonly objects = new Map<string, Held>();
  /** `kind/name` and what was written, in order. */
  readonly writes: string[] = [];
  /** Runs before each write; may throw. */
  beforeWrite: (write: string) => void = () => {};
  /** Pods that nobody ends. */
  stubborn: Manifest[] = [];

  add(kind: string, name: string, spec: Held['spec'], { own = false, annotations = {} }: { own?: boolean; annotations?: Record<string, string> } = {}): this {
    const labels = own ? labelsOf(TENANT) : {};
    this.objects.set(`${kind}/${name}`, { kind, metadata: { name, generation: 1, resourceVersion: '1', labels, annotations }, spec, status: {} });
    return this;
  }

  replicas(name: string): number | undefined {
    return this.objects.get(name)?.spec.replicas;
  }

  annotations(name: string): Record<string, string> {
    return this.objects.get(name)?.metadata?.annotations ?? {};
  }

  readonly kubernetes = {
    list: async ({ kind }: ListOptions) => kind === 'Pod'
      ? [...this.stubborn, ...[...this.objects.values()].filter(({ spec }) => spec.replicas).map(({ metadata }) => ({ kind, metadata: { name: `${metadata?.name}-1` }, status: { phase: 'Running' } }))]
      : structuredClone([...this.objects.values()].filter((object) => object.kind === kind).map((object) => this.#settled(object))),
    mergePatch: async ({ kind, name }: ObjectRef, patch: Record<string, any>) => {
      const object = this.#write(`${kind}/${name}`, JSON.stringify(patch['metadata'].annotations));
      if (patch['metadata'].resourceVersion !== undefined && patch['metadata'].resourceVersion !== object.metadata.resourceVersion) {
        throw new TenantError('UNAVAILABLE', 'the object has been modified', { details: { status: 409 } });
      }
      const annotations = Object.entries({ ...object.metadata.annotations, ...patch['metadata'].annotations }).filter(([, value]) => value !== null);
      object.metadata.annotations = Object.fromEntries(annotations) as Record<string, string>;
      object.spec = { ...object.spec, ...patch['spec'] };
      return object;
    },
    remove: async ({ kind, name }: ObjectRef) => {
      this.writes.push(`${kind}/${name} removed`);
      this.stubborn = this.stubborn.filter(({ metadata }) => metadata?.name !== name);
    },
    scale: async ({ kind, name }: ObjectRef, replicas: number) => {
      this.#write(`${kind}/${name}`, String(replicas)).spec.replicas = replicas;
    },
  } as unknown as Kubernetes;

  #write(name: string, what: string): Held {
    const write = `${name} ${what}`;
    this.beforeWrite(write);
    const object = this.objects.get(name);
    if (!object) throw new TenantError('UNAVAILABLE', `${name} not found`, { details: { status: 404 } });
    this.writes.push(write);
    return object;
  }

  #settled = (object: Held): Held => {
    const { replicas } = object.spec;
    return replicas === undefined ? object : { ...object, status: { observedGeneration: 1, ...(replicas && { replicas, updatedReplicas: replicas, availableReplicas: replicas }) } };
  };
}

const inActivity = <Result>(body: () => Promise<Result>): Promise<Result> => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(body);
const stop = (namespace: Namespace, timeoutMs = 5_000): Promise<StoppedWorkloads> =>
  inActivity(() => stopWorkloads(namespace.kubernetes, TENANT.namespace, timeoutMs));
const start = (namespace: Namespace) => inActivity(() => startWorkloads(namespace.kubernetes, TENANT, 5_000));

/** Throws at the nth write, as a worker that is killed there. */
const dyingAt = (nth: number) => {
  let writes = 0;
  return () => {
    writes += 1;
    if (writes === nth) throw new Error('killed');
  };
};

const aNamespace = () => new Namespace()
  .add('Deployment', 'query-engine', { replicas: 2 }, { own: true })
  .add('Deployment', 'bi-service', { replicas: 3 }, { own: true })
  .add('Deployment', 'ingress-controller', { replicas: 1 }, { own: true })
  .add('Deployment', 'by-hand', { replicas: 4 })
  .add('Deployment', 'unused', { replicas: 0 })
  .add('StatefulSet', 'store', { replicas: 5 })
  .add('CronJob', 'nightly', { suspend: false })
  .add('CronJob', 'retired', { suspend: true })
  .add('Job', 'import', { suspend: false });
const specs = (namespace: Namespace) => Object.fromEntries([...namespace.objects].map(([name, { spec, metadata }]) => [name, { spec: { ...spec }, annotations: { ...metadata.annotations } }]));

describe('the workloads of a tenant', () => {
  it('stop, remembering first, callers before what they call, and start in the opposite order', async () => {
    const namespace = aNamespace();
    const before = specs(namespace);
    assert.deepEqual(await stop(namespace), {
      replicas: { 'Deployment/query-engine': 2, 'Deployment/bi-service': 3, 'Deployment/ingress-controller': 1, 'Deployment/by-hand': 4, 'StatefulSet/store': 5 },
      suspended: ['CronJob/nightly', 'Job/import'],
    });
    const scaled = () => namespace.writes.filter((write) => / \d$/.test(write)).map((write) => write.replace(/^\w+\//, ''));
    assert.deepEqual(scaled(), ['ingress-controller 0', 'by-hand 0', 'bi-service 0', 'query-engine 0', 'store 0']);
    assert.ok(namespace.writes.indexOf(`Deployment/bi-service {"${REPLICAS}":"3"}`) < namespace.writes.indexOf('Deployment/bi-service 0'));
    assert.deepEqual(namespace.writes.slice(0, 2).map((write) => write.split(' ')[0]), ['CronJob/nightly', 'Job/import']);

    namespace.writes.length = 0;
    await start(namespace);
    assert.deepEqual(scaled(), ['store 5', 'query-engine 2', 'bi-service 3', 'by-hand 4', 'ingress-controller 1']);
    assert.deepEqual(namespace.writes.slice(-2).map((write) => write.split(' ')[0]), ['CronJob/nightly', 'Job/import']);
    assert.deepEqual(specs(namespace), before);
  });

  it('lose nothing when a stop dies at any write and is repeated, nor when a start does', async () => {
    for (let nth = 1; nth <= 12; nth += 1) {
      const namespace = aNamespace();
      const before = specs(namespace);
      for (const move of [stop, start]) {
        namespace.beforeWrite = dyingAt(nth);
        await assert.rejects(move(namespace), /killed/);
        namespace.beforeWrite = () => {};
        await move(namespace);
      }
      assert.deepEqual(specs(namespace), before, `died at write ${nth}`);
    }
  });

  it('are stopped again without being remembered again', async () => {
    const namespace = aNamespace();
    await stop(namespace);
    const { writes } = namespace;
    writes.length = 0;
    await stop(namespace);
    assert.deepEqual(writes, []);
  });

  it('are stopped once more when an autoscaler was just scaling them, and keep the first memory', async () => {
    const namespace = aNamespace();
    let raced = false;
    namespace.beforeWrite = (write) => {
      if (raced || write !== 'StatefulSet/store 0') return;
      raced = true;
      namespace.objects.get('Deployment/bi-service')!.spec.replicas = 7;
    };
    await stop(namespace);
    assert.ok(raced);
    assert.equal(namespace.replicas('Deployment/bi-service'), 0);
    assert.equal(namespace.annotations('Deployment/bi-service')[REPLICAS], '3');
  });

  it('are remembered as they are when they changed since they were read', async () => {
    const namespace = aNamespace();
    let changed = false;
    namespace.beforeWrite = (write) => {
      if (changed || !write.startsWith('Deployment/bi-service')) return;
      changed = true;
      const object = namespace.objects.get('Deployment/bi-service')!;
      object.spec.replicas = 6;
      object.metadata.resourceVersion = '2';
    };
    await stop(namespace);
    assert.equal(namespace.annotations('Deployment/bi-service')[REPLICAS], '6');
  });

  it('with a schedule that changed since it was read are suspended at the next look', async () => {
    const namespace = aNamespace();
    let changed = false;
    namespace.beforeWrite = (write) => {
      if (changed || !write.startsWith('CronJob/nightly')) return;
      changed = true;
      namespace.objects.get('CronJob/nightly')!.metadata.resourceVersion = '2';
    };
    const { suspended } = await stop(namespace);
    assert.ok(changed && suspended.includes('CronJob/nightly'));
    assert.equal(namespace.writes.filter((write) => write.startsWith('CronJob/nightly')).length, 2);
  });

  it('that somebody removed meanwhile do not hold up a stop', async () => {
    const namespace = aNamespace();
    namespace.beforeWrite = (write) => void (write.startsWith('Deployment/by-hand') && namespace.objects.delete('Deployment/by-hand'));
    await stop(namespace);
    assert.equal(namespace.replicas('StatefulSet/store'), 0);
  });

  it('that do not end are named, with why', async () => {
    const namespace = aNamespace();
    namespace.stubborn = [{ kind: 'Pod', metadata: { name: 'agent-x', ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'u' }] }, status: { phase: 'Running' } }];
    await assert.rejects(stop(namespace, 600), {
      failureClass: 'NOT_READY',
      message: `still waiting for the pods of ${TENANT.namespace} to end after 1 s: pod agent-x of DaemonSet agent runs, and is not stopped by scaling a Deployment or StatefulSet or by suspending a Job`,
    });
    const told = new Date('2026-01-01T12:00:30Z');
    const ending = { metadata: { name: 'p', deletionTimestamp: told, deletionGracePeriodSeconds: 30, finalizers: ['keep/me'] } };
    assert.equal(whyPodStays(ending, new Date('2026-01-01T12:02:00Z')), 'pod p of nobody was told to end 120 s ago and is held by keep/me');
  });

  it('of a tenant that is deleted lose their bare pods, and hold the deletion up by nothing', async () => {
    const namespace = aNamespace().add('Deployment', 'catalog-service', { replicas: 2 }, { annotations: { [REPLICAS]: 'many' } });
    const owned = { kind: 'Pod', metadata: { name: 'agent-x', ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'u', controller: true }] }, status: { phase: 'Running' } };
    namespace.stubborn = [owned, { kind: 'Pod', metadata: { name: 'debug' }, status: { phase: 'Running' } }];
    const { left, suspended } = await inActivity(() => stopForGood(namespace.kubernetes, TENANT.namespace, 600));
    assert.match(left.join(), /pod agent-x of DaemonSet agent runs/);
    assert.ok(!left.join().includes('debug'));
    assert.deepEqual(namespace.writes.filter((write) => write.endsWith('removed')), ['Pod/debug removed']);
    assert.deepEqual([namespace.replicas('Deployment/catalog-service'), suspended], [0, ['CronJob/nightly', 'Job/import']]);
  });

  it('of a tenant that is suspended keep their bare pods, which it names', async () => {
    const namespace = aNamespace();
    namespace.stubborn = [{ kind: 'Pod', metadata: { name: 'debug' }, status: { phase: 'Running' } }];
    await assert.rejects(stop(namespace, 600), { failureClass: 'NOT_READY', message: /pod debug of nobody runs/ });
    assert.equal(namespace.stubborn.length, 1);
  });

  it('that want no replicas are not asked for their health, and are named', async () => {
    const namespace = aNamespace().add('Deployment', 'ml-service', { replicas: 0 });
    const health = { check: async () => ({ healthy: true, milliseconds: 0 }) };
    const { services, switchedOff } = await checkHealth(health, namespace.kubernetes, TENANT.namespace, 1);
    assert.deepEqual(switchedOff, ['ml-service']);
    assert.equal(Object.keys(services).length, 13);
    assert.ok(!('ml-service' in services));
  });

  it('are not started by a memory that is no number', async () => {
    const namespace = new Namespace().add('Deployment', 'query-engine', { replicas: 0 }, { annotations: { [REPLICAS]: 'many' } });
    await assert.rejects(start(namespace), { failureClass: 'CONFLICT', message: /query-engine.*"many"/ });
  });
});
