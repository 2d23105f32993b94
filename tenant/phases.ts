/** The nine phases of a provisioning, in the mission's order. */

export const PHASES = [
  'VALIDATE', 'CREATE_NAMESPACE', 'DEPLOY_SECRETS', 'DEPLOY_DATABASES', 'DEPLOY_SERVICES', 'DEPLOY_INGRESS', 'CONFIGURE', 'VERIFY', 'ACTIVATE',
] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseDescription {
  /** What an operator reads in the Web UI, logs, metrics and the API. */
  readonly title: string;
  /** The mission's number. */
  readonly number: string;
  /** Shortest and longest duration the platform documents, in seconds; the basis of estimates. */
  readonly documentedSeconds: readonly [number, number];
}

export const PHASE_DESCRIPTIONS: Readonly<Record<Phase, PhaseDescription>> = {
  VALIDATE: { number: '1', title: 'Validate the request', documentedSeconds: [1, 5] },
  CREATE_NAMESPACE: { number: '2', title: 'Create the namespace and its boundary', documentedSeconds: [5, 20] },
  DEPLOY_SECRETS: { number: '3', title: 'Create the five secrets', documentedSeconds: [5, 10] },
  DEPLOY_DATABASES: { number: '4', title: 'Create the database role and nine schemas', documentedSeconds: [10, 30] },
  DEPLOY_SERVICES: { number: '5', title: 'Deploy the fourteen services', documentedSeconds: [120, 600] },
  DEPLOY_INGRESS: { number: '5.5', title: 'Deploy ingress, DNS zone and certificate', documentedSeconds: [50, 220] },
  CONFIGURE: { number: '6', title: 'Apply the configuration overrides', documentedSeconds: [60, 120] },
  VERIFY: { number: '7', title: 'Check the health of all services', documentedSeconds: [1, 30] },
  ACTIVATE: { number: '8', title: 'Create the admin and activate the tenant', documentedSeconds: [1, 10] },
};

/** The first phase in the mission's order that is not completed; the last one when all are. */
export const currentPhaseOf = (completed: ReadonlySet<string>): Phase =>
  PHASES.find((phase) => !completed.has(phase)) ?? 'ACTIVATE';
