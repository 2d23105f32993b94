/** One request to a stand-in, as faults, ledger and handlers see it. */
export interface Call {
  method: string;
  /** Path without the query, decoded. */
  path: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  header(name: string): string | undefined;
  body: unknown;
  /** X-Tenant-ID. */
  tenantId: string | undefined;
}

/** What a write did to the stand-in's state; `none` is a repeat or a refusal. */
export type Effect = 'created' | 'updated' | 'deleted' | 'none';

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  effect?: Effect;
  /** The tenant the effect belongs to, where the X-Tenant-ID header does not say it. */
  tenantId?: string | undefined;
}

/** A refusal a handler may throw from any depth. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The text of the call in which a tenant's id or slug is looked for. */
export const searchable = (call: Call): string => [call.tenantId ?? '', call.path, JSON.stringify(call.body ?? '')].join('\n');
