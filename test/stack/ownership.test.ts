import assert from 'node:assert/strict';
import { namespaceOf } from '../../tenant/names.ts';
import { call, provision, tenantRequest, uniqueSlug, untilStatus } from '../support/api.ts';
import { CAUSES } from '../support/causes.ts';
import { cluster } from '../support/cluster.ts';
import { operate } from '../support/operations.ts';
import { cellNamed } from '../support/ownership-matrix.ts';
import { deleteDamaged, deleteMended } from '../support/ownership-proof.ts';

/** A sample of the ownership matrix, each stopping the deletion later than the one before. */
const SAMPLE = ['namespace missing', 'role foreign', 'zone missing'];

const deletionWithLostMarks = async (): Promise<void> => {
  const slug = uniqueSlug('marks');
  const { id } = await provision(tenantRequest(slug));
  for (const name of SAMPLE) {
    const mend = await deleteDamaged({ id, slug }, cellNamed(name));
    assert.ok(mend);
    await mend();
  }
  await deleteMended({ id, slug });
};

/** A tenant whose provisioning fails for good in a phase. */
const failedIn = async (phase: 'CREATE_NAMESPACE' | 'DEPLOY_SECRETS') => {
  const slug = uniqueSlug('half');
  // Matches the tenant's id as well as its slug, whichever of them the cause goes by.
  const cures = [await CAUSES[phase].inject({ id: slug, slug })];
  const { status, body } = await call('/tenants', { body: tenantRequest(slug) });
  assert.equal(status, 202, JSON.stringify(body));
  const id = body['id'] as string;
  if (phase === 'DEPLOY_SECRETS') cures.push(await CAUSES[phase].inject({ id, slug }));
  await untilStatus(id, (each) => each['status'] === 'FAILED');
  return { id, namespace: namespaceOf(slug), cure: async () => { for (const cure of cures) await cure(); } };
};

const rollbackOfOthers = async (): Promise<void> => {
  const { id, namespace, cure } = await failedIn('CREATE_NAMESPACE');
  assert.equal((await operate(id, 'provisioning/rollback'))['status'], 'COMPLETED');
  assert.equal((await cluster().get('v1', 'Namespace', namespace))?.metadata?.labels?.['owner'], 'somebody-else');
  await cure();
};

const rollbackWithoutBinding = async (): Promise<void> => {
  const { id, namespace, cure } = await failedIn('DEPLOY_SECRETS');
  await cluster().api.delete({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'tenant-service', namespace } });
  assert.equal((await operate(id, 'provisioning/rollback'))['status'], 'COMPLETED');
  assert.equal(await cluster().get('v1', 'Namespace', namespace), undefined);
  await cure();
};

describe('the removal of a tenant', function () {
  this.timeout(120_000);
  let runs: Promise<void>[];

  before(() => {
    runs = [deletionWithLostMarks(), rollbackOfOthers(), rollbackWithoutBinding()];
    for (const run of runs) run.catch(() => undefined);
  });

  it('by a deletion stops at what has lost its mark, names it, certifies nothing, and ends once the mark is back', () => runs[0]);
  it('by a rollback leaves a namespace alone that never was the tenant\'s', () => runs[1]);
  it('by a rollback enters the tenant\'s namespace where the binding of the service is missing', () => runs[2]);
});
