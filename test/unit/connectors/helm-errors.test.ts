import assert from 'node:assert/strict';
import { helmError, isRecoverable } from '../../../connectors/helm/errors.ts';

describe('errors of helm', () => {
  for (const [stderr, failureClass] of [
    ['Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress', 'NOT_READY'],
    ['Error: INSTALLATION FAILED: services "x" is forbidden: exceeded quota: tenant-quota, requested: services=1', 'CEILING_REACHED'],
    ['Error: query: failed to query with labels: secrets is forbidden: User "u" cannot list resource "secrets"', 'UNAUTHORIZED'],
    ['Error: INSTALLATION FAILED: configmaps "x" is forbidden: unable to create new content in namespace n because it is being terminated', 'NOT_READY'],
    ['Error: INSTALLATION FAILED: values don\'t meet the specifications of the schema(s) in the following chart(s):\nquery-engine:\n- at \'/port\'', 'INVALID_REQUEST'],
    ['Error: UPGRADE FAILED: conflict occurred while applying object: Apply failed with 1 conflict: conflict with "kubectl"', 'CONFLICT'],
    ['Error: INSTALLATION FAILED: conflict occurred while applying object n/query-engine /v1, Kind=Service: Operation cannot be fulfilled on resourcequotas '
      + '"platform-services": the object has been modified; please apply your changes to the latest version and try again', 'UNAVAILABLE'],
    ['Error: INSTALLATION FAILED: pods "x" is forbidden: status unknown for quota: tenant-quota, resources: services', 'NOT_READY'],
    ['Error: UPGRADE FAILED: create: failed to create: secrets "sh.helm.release.v1.acme-bi-service.v2" already exists', 'UNAVAILABLE'],
    ['Error: UPGRADE FAILED: object is being deleted: services "x" already exists', 'NOT_READY'],
    ['Error: INSTALLATION FAILED: Internal error occurred: failed calling webhook "path.example": failed to call webhook: Post "https://w.n.svc:443/path": '
      + 'service "w" not found', 'UNAVAILABLE'],
    ['Error: UPGRADE FAILED: the server has received too many requests and has asked us to try again later', 'THROTTLED'],
    ['Error: UPGRADE FAILED: etcdserver: leader changed', 'UNAVAILABLE'],
    ['Error: path "infrastructure/helm/absent" not found', 'INVALID_REQUEST'],
    ['Error: UPGRADE FAILED: Deployment.apps "x" is invalid: spec.selector: Invalid value: field is immutable', 'INVALID_REQUEST'],
    ['Error: unable to continue with install: Service "x" in namespace "n" exists and cannot be imported into the current release: invalid ownership metadata', 'CONFLICT'],
    ['Error: kubernetes cluster unreachable: dial tcp 127.0.0.1:1: connect: connection refused', 'UNAVAILABLE'],
  ] as const) {
    it(`${failureClass}: ${stderr.slice(0, 70)}`, () => assert.equal(helmError('install', stderr).failureClass, failureClass));
  }

  for (const [stderr, recoverable] of [
    ['Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress', true],
    ['Error: UPGRADE FAILED: "acme-bi-service" has no deployed releases', true],
    ['Error: UPGRADE FAILED: conflict occurred while applying object: Apply failed with 1 conflict: conflict with "kubectl"', false],
  ] as const) {
    it(`${recoverable ? 'looks' : 'does not look'} at the release after: ${stderr.slice(22, 60)}`, () => assert.equal(isRecoverable(stderr), recoverable));
  }

  it('leaves out the log lines before the error', () =>
    assert.equal(helmError('install', 'level=INFO msg="found symbolic link"\nError: it broke\nbadly\n').message, 'helm install: it broke badly'));

  it('shows no credential', () => {
    const { message } = helmError('install', 'Error: Get "https://user:hunter2@host/": Bearer hunter2, password: hunter2, token=hunter2, secret: "hunter2"');
    assert.ok(!message.includes('hunter2'), message);
  });
});
