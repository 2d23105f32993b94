import { TenantError } from './errors.ts';

/** The ownership of an object under a tenant's name, by its mark. Foreign is never absent. A failed lookup is neither: it is an error. */
export type Ownership = 'absent' | 'own' | 'foreign';

/** The ownership of an object whose mark names `owner`; `null` or `undefined` without a mark. */
export const ownershipOf = (exists: boolean, owner: string | null | undefined, tenantId: string): Ownership => {
  if (!exists) return 'absent';
  return owner === tenantId ? 'own' : 'foreign';
};

/** An object under a tenant's name, and whether it was made for this tenant. */
export interface Find {
  what: string;
  ownership: Ownership;
  isRecorded: boolean;
}

/**
 * Throws CONFLICT, naming the objects, if objects made for the tenant have lost its mark. Skipping them would leave residue; removing them
 * could hit another owner.
 */
export const assertMarked = (...finds: readonly Find[]): void => {
  const lost = finds.filter(({ ownership, isRecorded }) => ownership === 'foreign' && isRecorded).map(({ what }) => what);
  if (lost.length > 0) {
    throw new TenantError('CONFLICT', `made for this tenant, but the ownership mark is missing: ${lost.join(', ')}; restore the mark, or remove it by hand, and retry`);
  }
};

/** Whether a teardown removes an object. An object that never was the tenant's is left alone. A lost mark throws like `assertMarked`. */
export const mayRemove = (find: Find): boolean => {
  assertMarked(find);
  return find.ownership === 'own';
};

/**
 * Objects made under a tenant's names. Each is recorded when it is made or found to be the tenant's. A teardown removes the record with the
 * object. So the service distinguishes a lost mark from an object that never was the tenant's.
 */
export interface Holdings {
  /** The namespace's uid. */
  namespace?: string;
  /** The ingress class's name. */
  ingressClass?: string;
  /** The database role's name. */
  role?: string;
  schemas?: readonly string[];
  /** Azure's id of the DNS zone. */
  zone?: string;
  /** Azure's id of the delegation in the parent zone. */
  delegation?: string;
}
