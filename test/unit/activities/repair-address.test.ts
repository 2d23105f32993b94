import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDependencies } from '../../../activities/phase-activity.ts';
import { repairAddress } from '../../../activities/tier-change/repair-address.ts';
import type { TenantChange } from '../../../projection/interface.ts';
import { ADDRESS_RECORDS } from '../../../tenant/names.ts';
import { aTenant } from '../../support/tenant.ts';

describe('the repair of a tenant\'s address', () => {
  it('takes the address that the load balancer has now into the tenant\'s row and zone, which is made anew where it is missing', async () => {
    const tenant = aTenant({ status: 'ACTIVE', ingressIp: '203.0.113.1', dnsZone: 'acme.matih.ai' });
    const zone = { id: '/zones/2', nameServers: ['ns9'] };
    const changes: TenantChange[] = [];
    const azure: unknown[] = [];
    const dependencies = {
      settings: { LOAD_BALANCER_TIMEOUT_SECONDS: 1 },
      projection: {
        admit: async () => ({ tenantId: tenant.id, kind: 'TIER_CHANGE', tenant }), enterPhase: async () => undefined, completePhase: async () => undefined,
        updateTenant: async (_operation: unknown, change: TenantChange) => void changes.push(change),
      },
      connectors: {
        kubernetes: { get: async () => ({ status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } } }) },
        azureDns: {
          parentZone: 'matih.ai',
          createZone: async (...args: unknown[]) => { azure.push(args); return zone; },
          delegate: async (...args: unknown[]) => { azure.push(args); return '/delegations/2'; },
          putAddressRecords: async (...args: unknown[]) => void azure.push(args),
        },
      },
    } as unknown as ActivityDependencies;
    const input = { tenantId: tenant.id, slug: tenant.slug, actor: 'me', kind: 'TIER_CHANGE' as const, originalRunId: 'run' };
    const output = await new MockActivityEnvironment({ heartbeatTimeoutMs: 0 }).run(repairAddress(dependencies), input);
    assert.deepEqual(output, { ip: '203.0.113.9', zone: 'acme.matih.ai', zoneId: zone.id, delegationId: '/delegations/2', nameServers: ['ns9'] });
    assert.deepEqual(changes, [{ ingressIp: '203.0.113.9' }, { dnsZone: 'acme.matih.ai' }, { holdings: { zone: zone.id } }, { holdings: { delegation: '/delegations/2' } }]);
    assert.deepEqual(azure, [['acme.matih.ai', tenant.id], [zone, tenant.id], [zone, tenant.id, ADDRESS_RECORDS, '203.0.113.9']]);
  });
});
