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
    assert.equal(retryAfterSeconds('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
    assert.equal(retryAfterSeconds('soon', now), undefined);
    assert.equal(retryAfterSeconds(undefined, now), undefined);
  });

  for (const [message, failureClass] of [
    ['Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again', 'UNAVAILABLE'],
    ['Operation cannot be fulfilled on pods "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (2). '
      + 'The object might have been modified', 'UNAVAILABLE'],
    ['Operation cannot be fulfilled on namespaces "a": the UID in the precondition (1) does not match the UID in record (2). '
      + 'The object might have been deleted and then recreated', 'UNAVAILABLE'],
    ['Precondition failed: UID in precondition: 1, UID in object meta: 2', 'UNAVAILABLE'],
    ['Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas', 'CONFLICT'],
  ] as const) {
    it(`Kubernetes' conflict is ${failureClass}: ${message.slice(0, 90)}`, () => {
      const error = statusError(409, JSON.stringify({ reason: 'Conflict', message }));
      assert.equal(error.failureClass, failureClass);
      assert.equal(isOutdated(error), failureClass === 'UNAVAILABLE');
    });
  }

  const azure = (statusCode: number | undefined, code: string, headers: Record<string, string> = {}): Error =>
    Object.assign(new Error('…'), { statusCode, code, response: { headers: { get: (name: string) => headers[name] } } });
  const azureCases: [string, Error, string][] = [
    ['the subscription\'s zone limit', azure(409, 'TooManyZones'), 'CEILING_REACHED'],
    ['a quota', azure(400, 'QuotaExceeded'), 'CEILING_REACHED'],
    ['throttling', azure(429, 'TooManyRequests'), 'THROTTLED'],
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
  });

  it('leave an error that is classified already, and the reason of a cancelled activity, as they are', async () => {
    const conflict = new TenantError('CONFLICT', 'someone else\'s');
    await assert.rejects(azureError('Azure DNS', () => Promise.reject(conflict)), (error) => error === conflict);
    const reason = new Error('paused');
    const context = { signal: AbortSignal.abort(reason), tenantId: 't', requestId: 'r' };
    await assert.rejects(withCallContext(context, () => azureError('Azure DNS', () => Promise.reject(azure(500, 'x')))), (error) => error === reason);
  });
});
