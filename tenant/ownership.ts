import { TenantError } from './errors.ts';

/**
 * The ownership of a thing under a tenant's name, by the mark that it carries. "Foreign" is never "absent". "Could not look" is neither: it is
 * an error.
 */
export type Ownership = 'absent' | 'own' | 'foreign';

/** The ownership of a thing that names `owner` as its tenant; `null` and `undefined` where it names none. */
export const ownershipOf = (exists: boolean, owner: string | null | undefined, tenantId: string): Ownership => {
  if (!exists) return 'absent';
  return owner === tenantId ? 'own' : 'foreign';
};

/** A thing under a tenant's name, and whether it was made for this tenant. */
export interface Find {
  what: string;
  ownership: Ownership;
  isRecorded: boolean;
}

/**
 * Throws CONFLICT, naming them, when things were made for the tenant and have lost its mark. To pass them by would leave them, and to remove
 * them could hit another owner.
 */
export const assertMarked = (...finds: readonly Find[]): void => {
  const lost = finds.filter(({ ownership, isRecorded }) => ownership === 'foreign' && isRecorded).map(({ what }) => what);
  if (lost.length > 0) {
    throw new TenantError('CONFLICT', `made for this tenant and without its mark now: ${lost.join(', ')}; restore the mark, or remove it by hand, and try again`);
  }
};

/** Whether a teardown removes a thing. One that never was the tenant's is left alone; one that lost the mark throws like `assertMarked`. */
export const mayRemove = (find: Find): boolean => {
  assertMarked(find);
  return find.ownership === 'own';
};

/**
 * Things made under a tenant's names. Each is recorded when it is made or found to be the tenant's own, and forgotten when a teardown removed
 * it. So a thing that has lost its mark is told from one that never was the tenant's.
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
