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

describe('the deletion of a tenant', function () {
  this.timeout(120_000);

  it('stops at what has lost its mark, names it, certifies nothing, and ends once the mark is back', async () => {
    const slug = uniqueSlug('marks');
    const { id } = await provision(tenantRequest(slug));
    for (const name of SAMPLE) {
      const mend = await deleteDamaged({ id, slug }, cellNamed(name));
      assert.ok(mend);
      await mend();
    }
    await deleteMended({ id, slug });
  });
});

describe('the rollback of a provisioning', function () {
  this.timeout(120_000);

  it('leaves a namespace alone that never was the tenant\'s, and enters its own where the binding of the service is missing', async () => {
    const [refused, unbound] = await Promise.all([failedIn('CREATE_NAMESPACE'), failedIn('DEPLOY_SECRETS')]);
    await cluster().api.delete({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'tenant-service', namespace: unbound.namespace } });
    for (const { id } of [refused, unbound]) assert.equal((await operate(id, 'provisioning/rollback'))['status'], 'COMPLETED');
    assert.equal((await cluster().get('v1', 'Namespace', refused.namespace))?.metadata?.labels?.['owner'], 'somebody-else');
    assert.equal(await cluster().get('v1', 'Namespace', unbound.namespace), undefined);
    await refused.cure();
  });
});

/** A tenant whose provisioning fails for good in a phase. */
const failedIn = async (phase: 'CREATE_NAMESPACE' | 'DEPLOY_SECRETS') => {
  const slug = uniqueSlug('half');
  const cure = await CAUSES[phase].inject({ id: slug, slug });
  const { status, body } = await call('/tenants', { body: tenantRequest(slug) });
  assert.equal(status, 202, JSON.stringify(body));
  const id = body['id'] as string;
  if (phase === 'DEPLOY_SECRETS') await CAUSES[phase].inject({ id, slug });
  await untilStatus(id, (each) => each['status'] === 'FAILED');
  return { id, cure, namespace: namespaceOf(slug) };
};
