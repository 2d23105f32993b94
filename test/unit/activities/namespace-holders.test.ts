import assert from 'node:assert/strict';
import { whyItHangs } from '../../../activities/teardown/namespace-holders.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const namespace = (annotations: Record<string, string>, ...messages: string[]) => ({
  apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', annotations },
  status: { conditions: messages.map((message) => ({ type: 'NamespaceFinalizersRemaining', status: 'True', message })) },
});
const HELD = JSON.stringify([
  { kind: 'Challenge', name: 'acme-tls-1', finalizers: ['finalizer.acme.cert-manager.io'], since: '2026-01-01T11:30:00Z' },
  { kind: 'Pod', name: 'gone', finalizers: ['other/finalizer'], since: '2026-01-01T11:30:00Z' },
]);
const MESSAGE = 'Some content in the namespace has finalizers remaining: finalizer.acme.cert-manager.io in 1 resource instances';

describe('a namespace that does not end', () => {
  it('is explained by kind, name, finalizer and age of what still holds it', () =>
    assert.equal(whyItHangs(namespace({ 'matih.io/held-by': HELD }, MESSAGE), NOW),
      `Challenge acme-tls-1 is held by finalizer.acme.cert-manager.io, 30 min old; ${MESSAGE}`));
  it('is explained in the controller\'s words when nothing was noted', () => assert.equal(whyItHangs(namespace({}, MESSAGE), NOW), MESSAGE));
  it('has no explanation before the controller gave one', () => assert.equal(whyItHangs(namespace({}), NOW), undefined));
});
