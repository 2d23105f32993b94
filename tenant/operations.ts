import type { OperationKind } from './lifecycle.ts';
import type { CreateTenant } from './tenant.ts';
import type { Violation } from './violations.ts';

/** What every operation's workflow is started with. */
export interface OperationRequest {
  tenantId: string;
  slug: string;
  /** The token's subject; believed only for the record. */
  actor: string;
}

/** What every activity of an operation gets from its workflow. */
export interface OperationInput extends OperationRequest {
  kind: OperationKind;
  /** Kept by a reset, which changes the run id. */
  originalRunId: string;
}

/** Starts a provisioning, or a retry of one: phases that are completed are skipped. */
export interface ProvisionTenant extends OperationRequest {
  tenant: CreateTenant;
}

export interface ValidateInput extends OperationInput {
  tenant: CreateTenant;
}

/** What VALIDATE found. `completed` names the phases an earlier run of this operation completed. */
export type ValidationVerdict =
  | { accepted: true; completed: string[] }
  | { accepted: false; violations: Violation[] };

export type ProvisioningResult =
  | { result: 'ACTIVE'; tenantId: string; slug: string }
  | { result: 'REFUSED'; violations: Violation[] };

/** Name of the update by which a creation learns VALIDATE's verdict. */
export const VERDICT_UPDATE = 'verdict';
