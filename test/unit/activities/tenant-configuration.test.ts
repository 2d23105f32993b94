import assert from 'node:assert/strict';
import { configEntriesOf, featureFlagsOf } from '../../../activities/tenant-configuration.ts';
import type { Tenant } from '../../../tenant/tenant.ts';

const valuesOf = (tenant: Pick<Tenant, 'name' | 'tier' | 'configuration'>) => Object.fromEntries(configEntriesOf(tenant).map(({ key, value }) => [key, value]));

describe('a tenant\'s configuration', () => {
  it('has the tier\'s defaults where the tenant chose nothing', () => {
    assert.deepEqual(valuesOf({ name: 'Acme', tier: 'FREE', configuration: {} }), {
      'ai.model.default': 'gpt-4', 'ai.streaming.enabled': 'false', 'query.timeout': '60', 'branding.title': 'Acme',
    });
    assert.equal(valuesOf({ name: 'Acme', tier: 'PROFESSIONAL', configuration: {} })['ai.streaming.enabled'], 'true');
  });

  it('has the tenant\'s own choices', () => {
    const configuration = { aiModel: 'claude', queryTimeoutSeconds: 45, branding: { title: 'A', primaryColor: '#0055aa', logoUrl: 'https://acme.example/logo.png' } };
    assert.deepEqual(valuesOf({ name: 'Acme', tier: 'PROFESSIONAL', configuration }), {
      'ai.model.default': 'claude', 'ai.streaming.enabled': 'true', 'query.timeout': '45',
      'branding.title': 'A', 'branding.primary-color': '#0055aa', 'branding.logo-url': 'https://acme.example/logo.png',
    });
  });

  it('lets the tenant\'s flags override those of its tier', () => {
    const flags = featureFlagsOf({ name: 'Acme', tier: 'FREE', configuration: { featureFlags: { 'ai.chat': true, 'beta.maps': true } } });
    const enabled = flags.filter((flag) => flag.enabled).map(({ key }) => key);
    assert.deepEqual(enabled.sort(), ['ai.chat', 'beta.maps']);
    assert.ok(flags.some(({ key }) => key === 'ml.enabled'));
  });
});
