import assert from 'node:assert/strict';
import { misfitsOf, type Circumstances } from '../../../activities/tier-change/fit.ts';
import { footprintOfPod, footprintOfRelease, roomOf, type Footprint } from '../../../activities/tier-change/footprint.ts';
import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import { parseQuantity } from '../../../tenant/quantities.ts';

const MI = 2 ** 20;
const nothing: Footprint = { cpu: 0, memory: 0, pods: 0 };
const free = roomOf({ cpu: '2', memory: '4Gi', pods: 20 });
const smallPod: Footprint = { cpu: 0.1, memory: 192 * MI, pods: 1 };
const pods = (count: number): Footprint => ({ cpu: count * 0.1, memory: count * 192 * MI, pods: count });

/** Fifteen small releases in groups of four, as the Free tier has them. */
const fitting: Circumstances = {
  users: 1, maxUsers: 5, present: pods(15), others: nothing, allowed: free, allowedMeanwhile: free, revisions: Array.from({ length: 15 }, () => 1), secretsLeft: 180,
  batches: [4, 4, 4, 3].map((count) => Array.from({ length: count }, () => smallPod)),
};

describe('the fit of a tenant into a tier', () => {
  it('Free has room for all releases, four of them being updated, and for exactly one small pod more', () => {
    assert.deepEqual(misfitsOf(fitting), []);
    assert.deepEqual(misfitsOf({ ...fitting, others: smallPod, present: pods(16) }), []);
  });

  it('names everything that does not fit, users first', () => {
    assert.deepEqual(misfitsOf({ ...fitting, users: 7, others: pods(10), present: pods(25), allowedMeanwhile: roomOf({ cpu: '8', memory: '16Gi', pods: 50 }) }), [
      'it has 7 users, and 5 are allowed',
      'with rolling updates it needs 2.9 cores of CPU, and 2 cores of CPU are allowed',
      'with rolling updates it needs 5568Mi of memory, and 4096Mi of memory are allowed',
      'with rolling updates it needs 29 pods, and 20 pods are allowed',
    ]);
  });

  it('does not shrink below what one group of updates needs beside what is there now', () => {
    assert.deepEqual(misfitsOf({ ...fitting, present: { ...pods(15), pods: 47 }, allowedMeanwhile: { ...free, pods: 50 } }),
      ['the change itself needs 51 pods, and 50 pods are allowed until it is done']);
  });

  it('has room for the revisions that Helm keeps: two more of each release, and never more than three', () => {
    const left = (revisions: number[], secretsLeft: number) => misfitsOf({ ...fitting, revisions, secretsLeft });
    assert.deepEqual(left([1, 1, 2, 3, 40, 0], 7), []);
    assert.deepEqual(left([1, 1, 2, 3, 40, 0], 6), ['the change itself needs 7 Secrets more, and the quota has room for 6']);
    assert.deepEqual(left([3, 12], -1), []);
  });

  it('lets any number of users into a tier without a limit', () => assert.deepEqual(misfitsOf({ ...fitting, users: 10_000, maxUsers: null }), []));
});

describe('the footprint of pods', () => {
  const container = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
  const pod = (spec: object, status = {}): Manifest => ({ kind: 'Pod', spec, status });

  it('is the sum of its containers, or an init container that needs more', () => {
    const containers = [container('100m', '100Mi'), container('200m', '100Mi')];
    const footprint = footprintOfPod(pod({ containers, initContainers: [container('50m', '1Gi')] }));
    assert.deepEqual([footprint.cpu.toFixed(3), footprint.memory, footprint.pods], ['0.300', 1024 * MI, 1]);
    assert.equal(footprintOfPod(pod({ containers, initContainers: [{ ...container('0', '50Mi'), restartPolicy: 'Always' }] })).memory, 250 * MI);
  });

  it('of a pod that has ended is nothing', () => assert.deepEqual(footprintOfPod(pod({ containers: [container('1', '1Gi')] }, { phase: 'Succeeded' })), nothing));

  it('of a release is that of all replicas of its Deployments', () => {
    const deployment = { kind: 'Deployment', spec: { replicas: 2, template: { spec: { containers: [container('150m', '320Mi')] } } } };
    assert.deepEqual(footprintOfRelease([{ kind: 'Service' }, deployment]), { cpu: 0.3, memory: 640 * MI, pods: 2 });
  });
});

describe('a Kubernetes quantity', () => {
  for (const [text, number] of [['2', 2], ['100m', 0.1], ['1.5', 1.5], ['4Gi', 4 * 2 ** 30], ['1k', 1000], ['1e3', 1000]] as const) {
    it(`${text} is ${number}`, () => assert.equal(parseQuantity(text), number));
  }
  for (const text of ['', 'Gi', '-1', '1X', '0x10']) it(`"${text}" is none`, () => assert.ok(Number.isNaN(parseQuantity(text))));
});
