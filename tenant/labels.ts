import { LABELS, MANAGED_BY } from './names.ts';
import { tierLabel } from './tiers.ts';
import type { Tenant } from './tenant.ts';

/** The labels on every object made for a tenant. */
export const labelsOf = (tenant: Pick<Tenant, 'id' | 'slug' | 'tier'>): Record<string, string> => ({
  [LABELS.tenant]: tenant.slug,
  [LABELS.tier]: tierLabel(tenant.tier),
  [LABELS.managedBy]: MANAGED_BY,
  [LABELS.tenantId]: tenant.id,
});

/** Whether an object's labels say that it is this tenant's. One without an owner is nobody's, hence not ours to touch. */
export const isOwnedBy = (object: { metadata?: { labels?: Record<string, string> } }, tenantId: string): boolean =>
  object.metadata?.labels?.[LABELS.managedBy] === MANAGED_BY && object.metadata.labels[LABELS.tenantId] === tenantId;
