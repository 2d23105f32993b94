import assert from 'node:assert/strict';
import { deploymentProblem, isRolledOut, podProblem } from '../../../activities/deployment-readiness.ts';
import type { Manifest } from '../../../connectors/kubernetes/interface.ts';

const READY = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const deployment = (status: Record<string, unknown>, replicas = 2): Manifest =>
  ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', generation: 2 }, spec: { replicas }, status });

describe('a Deployment', () => {
  it('is rolled out when all new pods are available', () => assert.equal(isRolledOut(deployment(READY)), true));
  it('with no pods wanted is rolled out', () => assert.equal(isRolledOut(deployment({ observedGeneration: 2 }, 0)), true));
  for (const [why, status] of [
    ['its controller has not seen the change', { observedGeneration: 1 }],
    ['a pod is of the old kind', { updatedReplicas: 1 }],
    ['a pod is not available', { availableReplicas: 1 }],
    ['an old pod is still there', { replicas: 3 }],
  ] as const) {
    it(`is not rolled out while ${why}`, () => assert.equal(isRolledOut(deployment({ ...READY, ...status })), false));
  }

  it('without a status is not rolled out', () => assert.equal(isRolledOut({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { generation: 1 } }), false));

  it('names the quota that refuses its pods', () => {
    const message = 'pods "d-1" is forbidden: exceeded quota: tenant-quota';
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message },
    ];
    assert.equal(deploymentProblem(deployment({ conditions })), `FailedCreate: ${message}`);
    assert.equal(deploymentProblem(deployment({ conditions: conditions.slice(0, 1) })), 'ProgressDeadlineExceeded: timed out');
    assert.equal(deploymentProblem(deployment({})), undefined);
  });
});

describe('a pod that does not run', () => {
  const pod = (status: Record<string, unknown>): Manifest => ({ apiVersion: 'v1', kind: 'Pod', status });
  const waiting = (reason: string) => [{ image: 'r/x:1', state: { waiting: { reason } } }];
  it('names the image that cannot be pulled', () =>
    assert.equal(podProblem(pod({ containerStatuses: waiting('ImagePullBackOff') })), 'ImagePullBackOff of image r/x:1'));
  it('is not blamed for starting', () => assert.equal(podProblem(pod({ containerStatuses: waiting('ContainerCreating') })), undefined));
  it('names why no node takes it', () =>
    assert.equal(podProblem(pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] })), 'Unschedulable: 0/3 nodes'));
});
