/** A blob of audit events in long-term storage: one JSON object a line. */
export interface ArchivePart {
  name: string;
  url: string;
  /** Position of the first event in the tenant's audit log, oldest first. */
  from: number;
  count: number;
  bytes: number;
  /** Of the blob, in hexadecimal. */
  sha256: string;
  /** Name of the blob that describes this part. */
  manifest: string;
}

/** Proof of a deletion, kept for good. */
export interface DeletionCertificate {
  tenantId: string;
  slug: string;
  name: string;
  operationId: string;
  requestedBy: string;
  confirmedBy: readonly string[];
  tenantCreatedAt: string;
  deletionStartedAt: string;
  issuedAt: string;
  /** Objects that each step removed. */
  removed: Readonly<Record<string, unknown>>;
  /** Number of finds of the residue scan in each system; all zero. */
  residue: Readonly<Record<string, number>>;
  audit: { events: number; parts: readonly ArchivePart[] };
  /** Days for which Temporal keeps the histories of the tenant's operations; null if Temporal did not tell. */
  historyRetentionDays: number | null;
}
