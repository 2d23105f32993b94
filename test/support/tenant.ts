import { namespaceOf } from '../../tenant/names.ts';
import type { Tenant } from '../../tenant/tenant.ts';

/** A tenant as the projection holds it; only what a test is about needs to be given. */
export const aTenant = (given: Partial<Tenant> = {}): Tenant => {
  const slug = given.slug ?? 'acme';
  return {
    id: '0b6c1d52-6a3e-4c58-9c5e-0f6d1f3b7a10',
    name: 'Acme',
    slug,
    tier: 'FREE',
    status: 'PROVISIONING',
    adminEmail: `admin@${slug}.example`,
    cloudProvider: 'AZURE',
    region: 'westeurope',
    environment: 'dev',
    namespace: namespaceOf(slug),
    quota: null,
    configuration: {},
    settings: {},
    ingressIp: null,
    dnsZone: null,
    holdings: {},
    createdAt: new Date(0),
    updatedAt: new Date(0),
    activatedAt: null,
    ...given,
  };
};
