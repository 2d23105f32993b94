import { LABELS, MANAGED_BY } from './names.ts';
import { ownershipOf, type Ownership } from './ownership.ts';
import { tierLabel } from './tiers.ts';
import type { Tenant } from './tenant.ts';

/** The labels on every object made for a tenant. */
export const labelsOf = (tenant: Pick<Tenant, 'id' | 'slug' | 'tier'>): Record<string, string> => ({
  [LABELS.tenant]: tenant.slug,
  [LABELS.tier]: tierLabel(tenant.tier),
  [LABELS.managedBy]: MANAGED_BY,
  [LABELS.tenantId]: tenant.id,
});

interface Labelled {
  metadata?: { labels?: Record<string, string> };
}

/** The ownership of an object by its labels. An object without an owner label is foreign. */
export const labelOwnership = (object: Labelled | undefined, tenantId: string): Ownership => {
  const labels = object?.metadata?.labels;
  return ownershipOf(object !== undefined, labels?.[LABELS.managedBy] === MANAGED_BY ? labels[LABELS.tenantId] : undefined, tenantId);
};

/** Whether an object's labels name this tenant as owner. */
export const isOwnedBy = (object: Labelled, tenantId: string): boolean => labelOwnership(object, tenantId) === 'own';
