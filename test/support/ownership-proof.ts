import assert from 'node:assert/strict';
import { namespaceOf, zoneOf } from '../../tenant/names.ts';
import { call } from './api.ts';
import { allZones } from './arm.ts';
import type { Target } from './causes.ts';
import { cluster } from './cluster.ts';
import { confirm, deletionRunOf, requestDeletion } from './deletions.ts';
import { inventory } from './inventory.ts';
import { untilEnded } from './operations.ts';
import type { Cell } from './ownership-matrix.ts';
import { until } from './until.ts';

interface Options {
  /** Base URL of another API than the stack's own. */
  api?: string;
  seconds?: number;
}

/** Asks for the deletion, confirming it where it needs that, and waits for the end of its run. */
const deleteOnce = async ({ id }: Target, { api, seconds = 240 }: Options): Promise<Record<string, any>> => {
  const where = api ? { api } : {};
  const isNew = (await call(`/tenants/${id}`, where)).body['status'] !== 'DELETING';
  if (isNew) {
    const { status, body } = await confirm(id, await requestDeletion(id, undefined, where), where);
    assert.equal(status, 202, JSON.stringify(body));
    return untilEnded(await deletionRunOf(id, where), { ...where, seconds });
  }
  const before = await deletionRunOf(id, where);
  // A run that has recorded its end takes a moment to close.
  await until('the deletion to be taken up', async () => (await call(`/tenants/${id}`, { method: 'DELETE', ...where })).status === 202);
  const next = await until('its run', async () => {
    const runId = await deletionRunOf(id, where);
    return runId !== before && runId;
  });
  return untilEnded(next, { ...where, seconds });
};

/** Everything that bears the tenant's names or its mark, wherever it is. */
const leftOf = async ({ id, slug }: Target): Promise<string[]> => {
  const volumes = (await cluster().list('v1', 'PersistentVolume')).filter((volume) => volume['spec'].claimRef?.namespace === namespaceOf(slug));
  const zones = (await allZones()).filter(({ name }) => name === zoneOf(slug, 'matih.ai'));
  return [
    ...Object.values(await inventory(slug, id)).flat(),
    ...volumes.map(({ metadata }) => `volume ${metadata?.name}`), ...zones.map((zone) => zone.id),
  ];
};

const certificateStatus = async ({ id }: Target, { api }: Options): Promise<number> => (await call(`/deletions/${id}`, api ? { api } : {})).status;

/**
 * Deletes a tenant one object of which is damaged: either nothing is left, or the deletion fails naming the object and there is no
 * certificate. @returns how the damage is mended, where it is still there
 */
export const deleteDamaged = async (tenant: Target, { name, spoil, named }: Cell, options: Options = {}): Promise<(() => Promise<void>) | undefined> => {
  const mend = await spoil(tenant);
  const { status, failureReason } = await deleteOnce(tenant, options);
  if (status === 'COMPLETED') {
    assert.equal(named, undefined, `${name}: the deletion had to stop`);
    assert.deepEqual([await leftOf(tenant), await certificateStatus(tenant, options)], [[], 200], name);
    return undefined;
  }
  assert.ok(named && String(failureReason).includes(named(tenant.slug)), `${name}: ${status} ${failureReason}`);
  assert.equal(await certificateStatus(tenant, options), 404, name);
  return mend;
};

/** Deletes a repaired tenant again: the deletion completes, and nothing is left. */
export const deleteMended = async (tenant: Target, options: Options = {}): Promise<void> => {
  const { status, failureReason } = await deleteOnce(tenant, options);
  assert.equal(status, 'COMPLETED', String(failureReason));
  assert.deepEqual([await leftOf(tenant), await certificateStatus(tenant, options)], [[], 200]);
};
