import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { findVerdict } from '../../../projection/deletions.ts';
import type { Projection } from '../../../projection/interface.ts';
import type { ArchivePart, DeletionCertificate } from '../../../tenant/deletion-certificate.ts';
import { ADMIN, deletionRequests, SECOND } from '../../support/deletion-fixture.ts';
import { activeTenant, runOf, withProjection } from '../../support/projection-fixture.ts';

describe('the rows of a deletion', function () {
  this.timeout(60_000);
  let pool: pg.Pool;
  let projection: Projection;

  withProjection((given) => { ({ pool, projection } = given); });

  const { requested, records } = deletionRequests(() => ({ pool, projection }));
  const state = async (originalRunId: string) => (await projection.deletions.find(originalRunId))?.state;

  it('a request that is opened again is the same one, with the same nonce', async () => {
    const { request, row } = await requested();
    assert.match(row.nonce, /^[0-9a-f]{32}$/);
    const again = await projection.deletions.open(request);
    assert.deepEqual({ ...again, secondsLeft: row.secondsLeft }, row);
    assert.ok(row.secondsLeft > request.confirmationMinutes * 60 - 30 && row.secondsLeft <= request.confirmationMinutes * 60 && again.secondsLeft <= row.secondsLeft);
    assert.notEqual((await requested()).row.nonce, row.nonce);
  });

  it('none is opened for a tenant that is not there, or has another slug', async () => {
    const { request } = await requested();
    await assert.rejects(projection.deletions.open({ ...request, originalRunId: randomUUID(), tenantId: randomUUID() }), { failureClass: 'CONFLICT' });
    await assert.rejects(projection.deletions.open({ ...request, originalRunId: randomUUID(), slug: 'another' }), { failureClass: 'CONFLICT' });
  });

  it('a repeated check of one confirmation costs no second try', async () => {
    const { originalRunId } = await requested();
    const confirmation = { runId: 'run', number: 1, requestId: 'asked-once', admin: null, sender: 'guesser' };
    assert.deepEqual(await projection.deletions.decide(originalRunId, confirmation), { outcome: 'WRONG', triesLeft: 4 });
    assert.deepEqual(await projection.deletions.decide(originalRunId, confirmation), { outcome: 'WRONG', triesLeft: 4 });
    assert.deepEqual(await findVerdict(pool, originalRunId, 'asked-once'), { outcome: 'WRONG', triesLeft: 4 });
    assert.equal(await findVerdict(pool, originalRunId, 'never-asked'), null);
  });

  it('the fifth wrong code closes the request for good', async () => {
    const { originalRunId, decide } = await requested();
    for (const triesLeft of [4, 3, 2, 1, 0]) assert.deepEqual(await decide(null), { outcome: 'WRONG', triesLeft });
    assert.deepEqual(await decide(ADMIN), { outcome: 'CLOSED', triesLeft: 0, reason: 'TRIES_EXHAUSTED' });
    assert.equal((await projection.deletions.find(originalRunId))?.state, 'TRIES_EXHAUSTED');
  });

  it('simultaneous wrong codes cost a try each', async () => {
    const { decide } = await requested();
    const verdicts = await Promise.all(Array.from({ length: 7 }, () => decide(null)));
    assert.deepEqual(verdicts.map(({ triesLeft }) => triesLeft).toSorted((one, other) => one - other), [0, 0, 0, 1, 2, 3, 4]);
    assert.equal(verdicts.filter(({ outcome }) => outcome === 'CLOSED').length, 2);
  });

  it('the right code comes too late after its time', async () => {
    const { decide } = await requested({ confirmationMinutes: -1 });
    assert.deepEqual(await decide(ADMIN), { outcome: 'CLOSED', triesLeft: 5, reason: 'EXPIRED' });
  });

  it('the right code confirms, once', async () => {
    const { tenant, decide } = await requested();
    assert.equal(await projection.deletions.confirmed(tenant.id), null);
    assert.deepEqual(await decide(ADMIN), { outcome: 'ACCEPTED', triesLeft: 5, suspendable: true });
    assert.deepEqual((await projection.deletions.confirmed(tenant.id))?.confirmedBy, [ADMIN]);
    assert.equal((await decide(ADMIN)).outcome, 'CLOSED');
  });

  it('two admins have to be two', async () => {
    const { decide } = await requested({ approver: SECOND });
    assert.equal((await decide(undefined)).outcome, 'UNSIGNED');
    assert.equal((await decide(ADMIN)).outcome, 'ONE_OF_TWO');
    assert.equal((await decide(ADMIN)).outcome, 'ONE_OF_TWO');
    assert.equal((await decide(SECOND)).outcome, 'ACCEPTED');
  });

  it('a right code waits for a running operation, and costs nothing', async () => {
    const { tenant, decide } = await requested();
    await projection.admit(runOf(tenant.id, 'SUSPENSION'));
    const verdict = await decide(ADMIN);
    assert.deepEqual([verdict.outcome, verdict.triesLeft], ['BUSY', 5]);
    assert.match(verdict.reason ?? '', /^SUSPENSION is running/);
  });

  it('a request that has ended stays ended', async () => {
    const { originalRunId, decide } = await requested();
    await projection.deletions.close(originalRunId, { state: 'CALLED_OFF', reason: null, actor: ADMIN });
    assert.equal((await projection.deletions.close(originalRunId, { state: 'EXPIRED', reason: null, actor: ADMIN }))?.state, 'CALLED_OFF');
    assert.equal(await state(originalRunId), 'CALLED_OFF');
    assert.equal((await decide(ADMIN)).reason, 'CALLED_OFF');
  });

  it('a reason may be added to a request that has ended, once', async () => {
    const { originalRunId } = await requested();
    for (const reason of [null, 'the first', 'the second']) await projection.deletions.close(originalRunId, { state: 'CALLED_OFF', reason, actor: ADMIN });
    assert.equal((await projection.deletions.find(originalRunId))?.reason, 'the first');
  });

  it('a request that is opened ends an earlier one of the tenant, whose wait must have ended', async () => {
    const { tenant, originalRunId, request, decide } = await requested();
    await decide(ADMIN);
    await projection.deletions.open({ ...request, originalRunId: randomUUID() });
    assert.equal(await state(originalRunId), 'CALLED_OFF');
    assert.equal(await projection.deletions.confirmed(tenant.id), null);
  });

  it('audit records are written in the transaction of each change, with facts that a repetition does not alter', async () => {
    const { tenant, originalRunId, request, decide } = await requested();
    await projection.deletions.open({ ...request, requestedBy: 'another' });
    await decide(null);
    const confirmation = { runId: 'a reset', number: 1, requestId: undefined, admin: null, sender: 'temporal' };
    for (let repetition = 0; repetition < 2; repetition += 1) await projection.deletions.decide(originalRunId, confirmation);
    await decide(ADMIN);
    for (const actor of [ADMIN, SECOND]) await projection.deletions.close(originalRunId, { state: 'CALLED_OFF', reason: 'too early', actor });
    const told = await records(tenant.id);
    assert.deepEqual(told.map(({ eventType, actorId, success }) => [eventType, actorId, success]), [
      ['TENANT_DELETION_REQUESTED', ADMIN, true],
      ['TENANT_DELETION_CONFIRMATION_REFUSED', 'guesser', false],
      ['TENANT_DELETION_CONFIRMATION_REFUSED', 'temporal', false],
      ['TENANT_DELETION_CONFIRMED', ADMIN, true],
      ['TENANT_DELETION_CALLED_OFF', ADMIN, true],
    ]);
    assert.equal(new Set(told.map(({ correlationId, eventType }) => `${correlationId}:${eventType}`)).size, told.length);
    assert.deepEqual(told[0]?.['metadata'], { slug: tenant.slug, approver: null, gracePeriodMinutes: 0 });
  });

  describe('the certificate', () => {
    const part = (from: number, count: number): ArchivePart => ({ name: `${from}`, url: '', from, count, bytes: 1, sha256: '', manifest: '' });
    const certified = async () => {
      const { tenant } = await activeTenant(projection);
      const operation = await projection.admit(runOf(tenant.id, 'DELETION'));
      const certificate = { tenantId: tenant.id, slug: tenant.slug, audit: { events: 3, parts: [part(0, 3)] } } as unknown as DeletionCertificate;
      await projection.deletions.certify(operation, certificate);
      return { tenant, operation, certificate };
    };

    it('is issued together with the removal of the record, and stays as it is', async () => {
      const { tenant, operation, certificate } = await certified();
      await projection.deletions.certify(operation, { ...certificate, slug: 'another' });
      assert.deepEqual(await projection.deletions.certificate(tenant.id), certificate);
      const { rowCount } = await pool.query('SELECT 1 FROM tenants WHERE id = $1', [tenant.id]);
      assert.equal(rowCount, 0);
      assert.equal((await projection.admit(operation)).tenant.slug, tenant.slug, 'the operation goes on with its copy');
    });

    it('takes late events up, once', async () => {
      const { tenant, operation } = await certified();
      await projection.deletions.addPart(operation, part(3, 2));
      await projection.deletions.addPart(operation, part(3, 2));
      assert.deepEqual((await projection.deletions.certificate(tenant.id))?.audit, { events: 5, parts: [part(0, 3), part(3, 2)] });
    });

    it('is not issued by a run that a newer one has replaced', async () => {
      const { tenant } = await activeTenant(projection);
      const operation = await projection.admit(runOf(tenant.id, 'DELETION'));
      await projection.closeOperation(operation, { status: 'FAILED', failureReason: 'for the test' });
      await projection.admit(runOf(tenant.id, 'DELETION'));
      await assert.rejects(projection.deletions.certify(operation, {} as DeletionCertificate), { failureClass: 'SUPERSEDED' });
      assert.equal(await projection.deletions.certificate(tenant.id), null);
    });
  });
});
