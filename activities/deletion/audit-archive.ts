import { createHash } from 'node:crypto';
import type { Archive } from '../../connectors/archive/interface.ts';
import type { Connectors } from '../../connectors/connectors.ts';
import type { Audit } from '../../connectors/platform/interface.ts';
import type { ArchivePart } from '../../tenant/deletion.ts';
import { TenantError } from '../../tenant/errors.ts';

/** Events a page of the audit service holds at most. */
const PAGE_SIZE = 100;

export interface PartRequest {
  tenantId: string;
  operationId: string;
  /** Position of the first event in the tenant's audit log. */
  from: number;
}

/**
 * Archives the audit events from a position up to the newest of now, with a manifest, and reads both back. The log only grows at its end,
 * so the same range has the same content whenever it is read, and its name says which range it is: a repetition after a crash writes the
 * same blob, or one that begins at the same event and ends later.
 */
export const archiveAudit = async ({ archive, audit }: Pick<Connectors, 'archive' | 'audit'>, { tenantId, operationId, from }: PartRequest): Promise<ArchivePart> => {
  const { total } = await audit.page(tenantId, 0, 1);
  const count = Math.max(0, total - from);
  const range = `${String(from).padStart(8, '0')}-${String(from + count).padStart(8, '0')}`;
  const folder = `${tenantId}/${operationId}`;
  const name = `${folder}/events-${range}.jsonl`;
  const written = await archive.write(name, eventLines(audit, tenantId, from, from + count), { count: String(count) });

  const part: ArchivePart = { name, from, count, manifest: `${folder}/manifest-${range}.json`, ...written };
  const manifest = Buffer.from(`${JSON.stringify({ tenantId, operationId, part }, null, 2)}\n`);
  await archive.write(part.manifest, manifest, {});
  await compare(archive, part, manifest);
  return part;
};

/** One line of JSON an event, a page of them at a time. */
const eventLines = async function* (audit: Audit, tenantId: string, from: number, to: number): AsyncGenerator<Buffer> {
  for (let page = Math.floor(from / PAGE_SIZE); page * PAGE_SIZE < to; page += 1) {
    const first = page * PAGE_SIZE;
    const { events } = await audit.page(tenantId, page, PAGE_SIZE);
    const wanted = events.slice(Math.max(0, from - first), to - first);
    if (first + events.length < Math.min(to, first + PAGE_SIZE)) throw new TenantError('UNAVAILABLE', 'audit-service: the log became shorter while it was read');
    yield Buffer.from(wanted.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
};

/** Reads a part and its manifest back. UNAVAILABLE when either is not what was written: then nothing may be destroyed yet. */
const compare = async (archive: Archive, { name, count, bytes, sha256, manifest: manifestName }: ArchivePart, manifest: Buffer): Promise<void> => {
  const [blob, readManifest] = [await archive.read(name), await archive.read(manifestName)];
  const lines = blob?.toString('utf8').split('\n').length ?? 0;
  const same = blob && blob.length === bytes && lines - 1 === count && createHash('sha256').update(blob).digest('hex') === sha256;
  if (!same || !readManifest?.equals(manifest)) throw new TenantError('UNAVAILABLE', `the audit archive does not read ${name} back as it was written`);
};
