import assert from 'node:assert/strict';
import { CATALOGUE } from '../../tenant/catalogue.ts';
import { namespaceOf } from '../../tenant/names.ts';
import { cluster } from './cluster.ts';
import { eventsOf } from './events.ts';
import { ledger } from './stand-ins.ts';

/** Asserts that a provisioning, however often it was interrupted or retried, had each of its outside effects exactly once. */
export const assertEffectsOnce = async (id: string, slug: string): Promise<void> => {
  const writes = async (standIn: Parameters<typeof ledger>[0]) => (await ledger(standIn, id)).map(({ method, path, effect }) => `${method} ${path} ${effect}`);
  assert.equal((await writes('iam')).length, 1, 'one admin');
  assert.equal((await writes('notification')).length, 1, 'one welcome');
  const infrastructure = await writes('infrastructure');
  assert.deepEqual(infrastructure.filter((write, index) => infrastructure.indexOf(write) !== index), [], 'registered and given each principal once');
  const configuration = (await ledger('config', id)).map(({ body }) => String((body as Record<string, unknown>)['configKey'] ?? (body as Record<string, unknown>)['flagKey']));
  assert.ok(configuration.length > 0, 'configured');
  assert.equal(new Set(configuration).size, configuration.length, 'each key written once');

  const releases = (await cluster().list('v1', 'Secret', namespaceOf(slug))).filter((secret) => secret['type'] === 'helm.sh/release.v1');
  const deployed = releases.filter(({ metadata }) => metadata?.labels?.['status'] === 'deployed').map(({ metadata }) => metadata?.labels?.['name']);
  assert.equal(new Set(deployed).size, CATALOGUE.length + 1, 'every release is deployed');
  assert.equal(deployed.length, CATALOGUE.length + 1, 'none has two deployed revisions');

  const events = await eventsOf(id);
  const announcements = events.filter(({ event }) => String(event['type']).includes('TENANT_PROVISIONED'));
  assert.equal(announcements.length, 1, 'announced once');
};
