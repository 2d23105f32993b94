import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { archiveAudit } from '../../../activities/deletion/audit-archive.ts';
import { PART_BYTES, PART_EVENTS } from '../../../activities/deletion/audit-part.ts';
import type { Archive, ArchivedBlob } from '../../../connectors/archive/interface.ts';
import type { Audit } from '../../../connectors/platform/interface.ts';
import type { ArchivePart } from '../../../tenant/deletion-certificate.ts';
import { TenantError } from '../../../tenant/errors.ts';

const PIECE = 4 * 1024 * 1024;

/** An audit log that makes its events up when they are asked for. */
class Log {
  /** Pages that were read, the question for the total left out. */
  pages = 0;

  total: number;
  readonly event: (position: number) => unknown;

  constructor(total: number, event: (position: number) => unknown = (position) => ({ id: position })) {
    this.total = total;
    this.event = event;
  }

  readonly audit = {
    page: async (_tenantId: string, page: number, size: number) => {
      if (size > 1) this.pages += 1;
      const first = page * size;
      const length = Math.max(0, Math.min(size, this.total - first));
      return { events: Array.from({ length }, (_, index) => this.event(first + index)), total: this.total, hasNext: first + size < this.total };
    },
  } as unknown as Audit;
}

/** A storage account in memory, in pieces; tells the largest Buffer that was handed over. */
class Store {
  readonly blobs = new Map<string, { pieces: Buffer[]; blob: ArchivedBlob }>();
  /** Names in the order in which they were written. */
  readonly written: string[] = [];
  largest = 0;
  /** Runs before each blob is complete; may throw. */
  beforeCommit: (name: string) => void = () => {};

  readonly archive: Archive = {
    write: async (name, content, metadata = () => ({})) => {
      const hash = createHash('sha256');
      const pieces: Buffer[] = [];
      let bytes = 0;
      for await (const piece of Buffer.isBuffer(content) ? [content] : content) {
        this.largest = Math.max(this.largest, piece.length);
        hash.update(piece);
        pieces.push(piece);
        bytes += piece.length;
      }
      this.beforeCommit(name);
      const sha256 = hash.digest('hex');
      const present = this.blobs.get(name)?.blob;
      if (present && present.sha256 !== sha256) throw new TenantError('UNAVAILABLE', `${name} is there`);
      const blob = { url: `https://archive/${name}`, bytes, sha256, metadata: { ...metadata(), sha256 } };
      this.blobs.set(name, { pieces, blob });
      this.written.push(name);
      return blob;
    },
    find: async (name) => this.blobs.get(name)?.blob,
    read: async function* (this: Store, name: string) {
      const pieces = this.blobs.get(name)?.pieces;
      if (!pieces) throw new TenantError('UNAVAILABLE', `${name} is not there`);
      yield* pieces;
    }.bind(this),
  };

  /** The events' positions that the parts hold, in order. */
  lines(parts: readonly ArchivePart[]): string[] {
    return parts.flatMap(({ name }) => Buffer.concat(this.blobs.get(name)?.pieces ?? []).toString('utf8').split('\n').slice(0, -1));
  }
}

const run = ({ audit }: Log, { archive }: Store, from = 0, startToCloseTimeoutMs = 600_000): Promise<ArchivePart[]> =>
  new MockActivityEnvironment({ startToCloseTimeoutMs }, { logger: new DefaultLogger('ERROR') })
    .run(() => archiveAudit({ archive, audit }, { tenantId: 'tenant', operationId: 'operation', from }));

describe('the audit export', () => {
  it('takes a log of 1.2 million events in bounded parts, with no large Buffer', async () => {
    const [log, store] = [new Log(1_200_000), new Store()];
    const parts = await run(log, store);
    assert.equal(parts.length, 24);
    assert.ok(parts.every(({ count }) => count === PART_EVENTS));
    assert.equal(parts.reduce((sum, { count }) => sum + count, 0), 1_200_000);
    assert.equal(log.pages, 12_000, 'each page is read once');
    assert.ok(store.largest <= PIECE, `a Buffer of ${store.largest} bytes`);
  });

  it('ends a part of large events by its bytes, and loses none between two parts', async () => {
    const text = 'x'.repeat(1024 * 1024);
    const [log, store] = [new Log(60, (position) => ({ position, text })), new Store()];
    const parts = await run(log, store);
    assert.deepEqual(parts.map(({ from, count }) => [from, count]), [[0, 50], [50, 10]]);
    assert.ok(parts.every(({ bytes }) => bytes < PART_BYTES + 2 * 1024 * 1024));
    assert.deepEqual(store.lines(parts).map((line) => (JSON.parse(line) as { position: number }).position), Array.from({ length: 60 }, (_, index) => index));
  });

  it('continues after the last complete part when an attempt died, with the same result as in one attempt', async () => {
    const whole = new Store();
    const expected = await run(new Log(120_010), whole);
    for (const death of whole.written.keys()) {
      const [log, store] = [new Log(120_010), new Store()];
      store.beforeCommit = () => { if (store.written.length === death) throw new Error('the worker died'); };
      await assert.rejects(run(log, store), /died/);
      store.beforeCommit = () => {};
      const complete = [...store.blobs.keys()].filter((name) => name.includes('manifest')).length;
      log.pages = 0;
      assert.deepEqual(await run(log, store), expected);
      assert.equal(log.pages, Math.ceil((120_010 - complete * PART_EVENTS) / 100), 'complete parts are not read again');
      assert.deepEqual([...store.blobs.keys()].toSorted(), [...whole.blobs.keys()].toSorted());
    }
  });

  it('keeps events that an attempt left without a manifest, also when the log has grown since', async () => {
    const [log, store] = [new Log(30), new Store()];
    store.beforeCommit = (name) => { if (name.includes('manifest')) throw new Error('the worker died'); };
    await assert.rejects(run(log, store), /died/);
    store.beforeCommit = () => {};
    log.total = 45;
    const parts = await run(log, store);
    assert.deepEqual(parts.map(({ from, count }) => [from, count]), [[0, 30], [30, 15]]);
    assert.deepEqual(store.lines(parts), Array.from({ length: 45 }, (_, id) => JSON.stringify({ id })));
    log.total = 47;
    assert.deepEqual((await run(log, store, 45)).map(({ from, count }) => [from, count]), [[45, 2]], 'later events are a part of their own');
    assert.deepEqual(await run(log, store, 47), []);
  });

  it('refuses events in the archive that are not those of the log', async () => {
    const store = new Store();
    await store.archive.write('tenant/operation/events-0000000000.jsonl', Buffer.from('{"id":"other"}\n'), () => ({ count: '1' }));
    await assert.rejects(run(new Log(1), store), { failureClass: 'CONFLICT' });
  });

  it('fails when a part is not read back as it was written, or a complete part is gone', async () => {
    const [log, store] = [new Log(3), new Store()];
    store.archive.read = async function* () { yield Buffer.from('{"id":0}\n'); };
    await assert.rejects(run(log, store), { failureClass: 'UNAVAILABLE', message: /does not read .* back/ });
    assert.ok(![...store.blobs.keys()].some((name) => name.includes('manifest')), 'no manifest says that the part is complete');

    const later = new Store();
    const [part] = await run(log, later);
    later.blobs.delete(part!.name);
    await assert.rejects(run(log, later), { failureClass: 'UNAVAILABLE', message: /does not read .* back/ });
  });

  it('ends an attempt whose time is nearly over after a new part, so that any number of attempts comes to the end', async () => {
    const [log, store] = [new Log(3 * PART_EVENTS), new Store()];
    const attempt = () => run(log, store, 0, 1);
    await assert.rejects(attempt(), { failureClass: 'NOT_READY', message: '50000 of 150000 audit events are archived; the export goes on' });
    await assert.rejects(attempt(), { failureClass: 'NOT_READY', message: /^100000 of 150000/ });
    assert.equal((await attempt()).length, 3);
  });
});
