import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Archive, ArchivedBlob } from '../../connectors/archive/interface.ts';
import type { Connectors } from '../../connectors/connectors.ts';
import type { Audit } from '../../connectors/platform/interface.ts';
import type { ArchivePart } from '../../tenant/deletion-certificate.ts';
import { TenantError } from '../../tenant/errors.ts';

/** Most events in a page of the audit service. */
const PAGE_SIZE = 100;

/** A part ends at the event that reaches one of these limits. One attempt can always finish a part. */
export const PART_EVENTS = 50_000;
export const PART_BYTES = 50 * 1024 * 1024;

/** The beginning of a part. */
export interface PartStart {
  tenantId: string;
  operationId: string;
  from: number;
}

const partSchema = z.object({
  name: z.string(), url: z.string(), from: z.number(), count: z.number().positive(), bytes: z.number(), sha256: z.string(), manifest: z.string(),
});

/** Blob names derive from the part's beginning. Its end depends on the events' size and on the time of reading. */
const namesOf = ({ tenantId, operationId, from }: PartStart): { name: string; manifest: string } => {
  const start = String(from).padStart(10, '0');
  return { name: `${tenantId}/${operationId}/events-${start}.jsonl`, manifest: `${tenantId}/${operationId}/manifest-${start}.json` };
};

/** The complete part with that beginning. The manifest is written last, so it proves that the part was read back. */
export const archivedPart = async (archive: Archive, start: PartStart): Promise<ArchivePart | undefined> => {
  const { manifest } = namesOf(start);
  if (!await archive.find(manifest)) return undefined;
  const { part } = z.object({ part: partSchema }).parse(JSON.parse((await contentOf(archive, manifest)).toString('utf8')));
  const blob = await archive.find(part.name);
  if (blob?.sha256 !== part.sha256 || blob.bytes !== part.bytes) throw notReadBack(part.name);
  return part;
};

/**
 * Writes the part with that beginning, reads it back, then writes its manifest. An earlier attempt may have left events without a manifest.
 * They are kept if they match the audit log.
 */
export const archivePart = async ({ archive, audit }: Pick<Connectors, 'archive' | 'audit'>, start: PartStart, total: number): Promise<ArchivePart> => {
  const { name, manifest } = namesOf(start);
  const left = await archive.find(name);
  const blob = left ? await asInLog(audit, start, name, left) : await write(archive, audit, start, name, Math.min(total, start.from + PART_EVENTS));
  const part: ArchivePart = { name, url: blob.url, from: start.from, count: countOf(blob), bytes: blob.bytes, sha256: blob.sha256, manifest };
  await compare(archive, part);

  const content = Buffer.from(`${JSON.stringify({ tenantId: start.tenantId, operationId: start.operationId, part }, null, 2)}\n`);
  await archive.write(manifest, content);
  if (!content.equals(await contentOf(archive, manifest))) throw notReadBack(manifest);
  return part;
};

const write = (archive: Archive, audit: Audit, { tenantId, from }: PartStart, name: string, to: number): Promise<ArchivedBlob> => {
  const written = { count: 0 };
  return archive.write(name, eventLines(audit, tenantId, from, to, PART_BYTES, written), () => ({ count: String(written.count) }));
};

const asInLog = async (audit: Audit, { tenantId, from }: PartStart, name: string, blob: ArchivedBlob): Promise<ArchivedBlob> => {
  const hash = createHash('sha256');
  for await (const lines of eventLines(audit, tenantId, from, from + countOf(blob), Infinity, { count: 0 })) hash.update(lines);
  if (hash.digest('hex') !== blob.sha256) throw new TenantError('CONFLICT', `${name} exists in the audit archive and differs from the audit log`);
  return blob;
};

const countOf = ({ metadata }: ArchivedBlob): number => Number(metadata['count'] ?? 0);

/** Yields one line of JSON per event, a page at a time, up to a position or a number of bytes. Counts the yielded events. */
const eventLines = async function* (
  audit: Audit, tenantId: string, from: number, to: number, mostBytes: number, yielded: { count: number },
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for (let next = from; next < to && bytes < mostBytes;) {
    const page = Math.floor(next / PAGE_SIZE);
    const { events } = await audit.page(tenantId, page, PAGE_SIZE);
    const wanted = events.slice(next - page * PAGE_SIZE, to - page * PAGE_SIZE);
    if (wanted.length === 0) throw new TenantError('UNAVAILABLE', 'audit-service: the log became shorter while it was read');
    const lines: Buffer[] = [];
    for (const event of wanted) {
      if (bytes >= mostBytes) break;
      const line = Buffer.from(`${JSON.stringify(event)}\n`);
      lines.push(line);
      bytes += line.length;
    }
    next += lines.length;
    yielded.count += lines.length;
    yield Buffer.concat(lines);
  }
};

/** Reads a part back, a piece at a time. UNAVAILABLE if it differs from the written part; then nothing may be destroyed. */
const compare = async (archive: Archive, { name, count, bytes, sha256 }: ArchivePart): Promise<void> => {
  const hash = createHash('sha256');
  let read = 0;
  let lines = 0;
  for await (const piece of archive.read(name)) {
    hash.update(piece);
    read += piece.length;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', end + 1)) lines += 1;
  }
  if (read !== bytes || lines !== count || hash.digest('hex') !== sha256) throw notReadBack(name);
};

/** Reads a small blob. */
const contentOf = async (archive: Archive, name: string): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of archive.read(name)) pieces.push(piece);
  return Buffer.concat(pieces);
};

const notReadBack = (name: string): TenantError => new TenantError('UNAVAILABLE', `the audit archive does not read ${name} back as it was written`);
