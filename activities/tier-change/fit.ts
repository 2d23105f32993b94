import { KEPT_REVISIONS } from '../../connectors/helm/interface.ts';
import { largestOf, sumOf, type Footprint } from './footprint.ts';

/** What a tier change is judged by. */
export interface Circumstances {
  users: number;
  /** null: unlimited. */
  maxUsers: number | null;
  /** All pods of the namespace as they are. */
  present: Footprint;
  /** Those among them that belong to no release of ours. */
  others: Footprint;
  /** The releases at the new tier, in the groups that are upgraded at the same time. */
  batches: readonly (readonly Footprint[])[];
  /** Room in the new tier. */
  allowed: Footprint;
  /** Room while the releases are upgraded: the larger of the old tier's and the new tier's. */
  allowedMeanwhile: Footprint;
  /** Number of each release's newest revision; 0 for a missing release. */
  revisions: readonly number[];
  /** Room in the quota on Secrets, the same in every tier. */
  secretsLeft: number;
}

/** Revisions that a change makes of a release: the change itself, and its compensation. */
const REVISIONS_MADE = 2;

/** A quota is compared to a thousandth, because sums of binary fractions are not exact. */
const TOLERANCE = 1e-3;

const MIB = 2 ** 20;

const DESCRIPTIONS: Readonly<Record<keyof Footprint, (amount: number) => string>> = {
  cpu: (cores) => `${Number(cores.toFixed(2))} cores of CPU`,
  memory: (bytes) => `${Math.ceil(bytes / MIB)}Mi of memory`,
  pods: (pods) => `${pods} pods`,
};

/**
 * Every misfit with the new tier, each as a sentence; empty when the tenant fits. During an update each pod of a release may exist twice,
 * the old and the new one. So the largest group needs that much more room. This holds during the change, and at the new tier for later
 * updates.
 */
export const misfitsOf = ({ users, maxUsers, present, others, batches, allowed, allowedMeanwhile, revisions, secretsLeft }: Circumstances): string[] => {
  const surge = largestOf(batches.map(sumOf));
  const afterwards = sumOf([others, ...batches.flat(), surge]);
  const meanwhile = sumOf([present, surge]);
  // Helm keeps this many revisions, each a Secret, and removes the oldest before it makes another.
  const secrets = revisions.reduce((sum, revision) => sum + Math.min(REVISIONS_MADE, Math.max(0, KEPT_REVISIONS - revision)), 0);
  return [
    ...(maxUsers !== null && users > maxUsers ? [`it has ${users} users, and ${maxUsers} are allowed`] : []),
    ...(Object.keys(DESCRIPTIONS) as (keyof Footprint)[]).flatMap((resource) => {
      const describe = DESCRIPTIONS[resource];
      if (afterwards[resource] > allowed[resource] + TOLERANCE) {
        return [`with rolling updates it needs ${describe(afterwards[resource])}, and ${describe(allowed[resource])} are allowed`];
      }
      return meanwhile[resource] > allowedMeanwhile[resource] + TOLERANCE
        ? [`the change itself needs ${describe(meanwhile[resource])}, and ${describe(allowedMeanwhile[resource])} are allowed until it is done`] : [];
    }),
    ...(secrets > Math.max(0, secretsLeft) ? [`the change itself needs ${secrets} Secrets more, and the quota has room for ${Math.max(0, secretsLeft)}`] : []),
  ];
};
