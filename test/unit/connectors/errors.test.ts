import assert from 'node:assert/strict';
import { azureError } from '../../../connectors/azure-error.ts';
import { withCallContext } from '../../../connectors/call-context.ts';
import { isOutdated, statusError } from '../../../connectors/kubernetes/errors.ts';
import { answerError } from '../../../connectors/platform/answer-error.ts';
import { retryAfterSeconds } from '../../../connectors/retry-after.ts';
import { TenantError } from '../../../tenant/errors.ts';

describe('errors of outside systems', () => {
  const classes: [number, string][] = [
    [400, 'INVALID_REQUEST'], [401, 'UNAUTHORIZED'], [403, 'UNAUTHORIZED'], [404, 'UNAVAILABLE'], [409, 'CONFLICT'], [422, 'INVALID_REQUEST'],
    [429, 'THROTTLED'], [500, 'UNAVAILABLE'], [503, 'UNAVAILABLE'],
  ];
  for (const [status, failureClass] of classes) {
    it(`${status} of a platform service is ${failureClass}`, () => {
      assert.equal(answerError('iam-service', status, '').failureClass, failureClass);
    });
  }

  it('say what the service said, and nothing else of its body', () => {
    const error = answerError('iam-service', 400, JSON.stringify({ message: 'email exists', token: 'hidden' }));
    assert.equal(error.message, 'iam-service answered 400: email exists');
  });

  it('carry the time a service asks to be left alone', () => {
    assert.equal(answerError('iam-service', 429, '', '7').retryAfterSeconds, 7);
  });

  it('read Retry-After as seconds or as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    assert.equal(retryAfterSeconds('120', now), 120);
    assert.equal(retryAfterSeconds('Thu, 01 Jan 2026 00:01:30 GMT', now), 90);
    assert.equal(retryAfterSeconds('soon', now), undefined);
    assert.equal(retryAfterSeconds(undefined, now), undefined);
  });

  it('read a Retry-After that asks for no time as none: Temporal takes a delay of zero for the end of the retries', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    for (const header of ['0', '00', '0.0', '-1', '', ' ', 'Wed, 31 Dec 2025 00:00:00 GMT', 'Thu, 01 Jan 2026 00:00:00 GMT', 'NaN', '1e3', '0x10']) {
      assert.equal(retryAfterSeconds(header, now), undefined, JSON.stringify(header));
      assert.equal(answerError('iam-service', 429, '', header).retryAfterSeconds, undefined, JSON.stringify(header));
      assert.equal(statusError(429, '', header).retryAfterSeconds, undefined, JSON.stringify(header));
    }
    assert.equal(statusError(429, JSON.stringify({ details: { retryAfterSeconds: 0 } })).retryAfterSeconds, undefined);
    assert.equal(retryAfterSeconds('1.5', now), 2);
    assert.equal(retryAfterSeconds('0.2', now), 1);
  });

  it('read a Retry-After beyond any calendar as a time that still has a date', () => {
    const seconds = retryAfterSeconds('9'.repeat(40)) ?? 0;
    assert.ok(seconds > 86_400 && !Number.isNaN(new Date(Date.now() + seconds * 1000).getTime()));
  });

  it('take Kubernetes\' waiting time from its header, else from its body', () => {
    const body = JSON.stringify({ details: { retryAfterSeconds: 3 } });
    assert.equal(statusError(429, body, '7').retryAfterSeconds, 7);
    assert.equal(statusError(429, body, 'soon').retryAfterSeconds, 3);
    assert.equal(statusError(429, body).retryAfterSeconds, 3);
  });

  for (const [message, failureClass] of [
    ['Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again', 'UNAVAILABLE'],
    ['Operation cannot be fulfilled on pods "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (2). '
      + 'The object might have been modified', 'UNAVAILABLE'],
    ['Operation cannot be fulfilled on namespaces "a": the UID in the precondition (1) does not match the UID in record (2). '
      + 'The object might have been deleted and then recreated', 'UNAVAILABLE'],
    ['Precondition failed: UID in precondition: 1, UID in object meta: 2', 'UNAVAILABLE'],
    ['Operation cannot be fulfilled on namespaces "a": The system is ensuring all content is removed from this namespace.', 'UNAVAILABLE'],
    ['Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas', 'CONFLICT'],
  ] as const) {
    it(`Kubernetes' conflict is ${failureClass}: ${message.slice(0, 90)}`, () => {
      const error = statusError(409, JSON.stringify({ reason: 'Conflict', message }));
      assert.equal(error.failureClass, failureClass);
      assert.equal(isOutdated(error), failureClass === 'UNAVAILABLE');
    });
  }

  for (const [status, body, failureClass] of [
    [409, { reason: 'AlreadyExists', message: 'secrets "a" already exists' }, 'CONFLICT'],
    [409, { reason: 'AlreadyExists', message: 'object is being deleted: secrets "a" already exists' }, 'NOT_READY'],
    [403, { reason: 'Forbidden', message: 'pods "a" is forbidden: exceeded quota: tenant-quota' }, 'CEILING_REACHED'],
    [403, { reason: 'Forbidden', message: 'pods "a" is forbidden: status unknown for quota: tenant-quota, resources: pods' }, 'NOT_READY'],
  ] as const) {
    it(`Kubernetes' ${status} is ${failureClass}: ${body.message}`, () => assert.equal(statusError(status, JSON.stringify(body)).failureClass, failureClass));
  }

  const azure = (statusCode: number | undefined, code: string, headers: Record<string, string> = {}): Error =>
    Object.assign(new Error('…'), { statusCode, code, response: { headers: { get: (name: string) => headers[name] } } });
  const azureCases: [string, Error, string][] = [
    ['the subscription\'s zone limit', azure(409, 'TooManyZones'), 'CEILING_REACHED'],
    ['a quota', azure(400, 'QuotaExceeded'), 'CEILING_REACHED'],
    ['throttling', azure(429, 'TooManyRequests'), 'THROTTLED'],
    ['throttling in the words of a limit', azure(429, 'RateLimitExceeded'), 'THROTTLED'],
    ['another change under way', azure(409, 'Conflict'), 'NOT_READY'],
    ['missing rights', azure(403, 'AuthorizationFailed'), 'UNAUTHORIZED'],
    ['missing credentials', Object.assign(new Error('…'), { name: 'CredentialUnavailableError' }), 'UNAUTHORIZED'],
    ['a changed etag', azure(412, 'PreconditionFailed'), 'UNAVAILABLE'],
    ['a refused connection', azure(undefined, 'ECONNREFUSED'), 'UNAVAILABLE'],
  ];
  for (const [what, error, failureClass] of azureCases) {
    it(`Azure's answer to ${what} is ${failureClass}`, async () => {
      await assert.rejects(azureError('Azure DNS', () => Promise.reject(error)), { failureClass });
    });
  }

  it('take Azure\'s waiting time over', async () => {
    await assert.rejects(azureError('Azure DNS', () => Promise.reject(azure(429, 'TooManyRequests', { 'retry-after': '11' }))), { retryAfterSeconds: 11 });
    await assert.rejects(azureError('Azure DNS', () => Promise.reject(azure(429, 'TooManyRequests', { 'retry-after': '0' }))), { retryAfterSeconds: undefined });
  });

  it('leave an error that is classified already, and the reason of a cancelled activity, as they are', async () => {
    const conflict = new TenantError('CONFLICT', 'someone else\'s');
    await assert.rejects(azureError('Azure DNS', () => Promise.reject(conflict)), (error) => error === conflict);
    const reason = new Error('paused');
    const context = { signal: AbortSignal.abort(reason), tenantId: 't', requestId: 'r' };
    await assert.rejects(withCallContext(context, () => azureError('Azure DNS', () => Promise.reject(azure(500, 'x')))), (error) => error === reason);
  });
});
