import { createHash } from 'node:crypto';
import { BlobServiceClient, RestError, type BlockBlobClient } from '@azure/storage-blob';
import { TenantError } from '../../tenant/errors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { azureError } from '../azure-error.ts';
import { callSignal, mutating } from '../call-context.ts';
import type { Archive, ArchivedBlob } from './interface.ts';

const CONTAINER = 'tenant-audit-exports';

const SYSTEM = 'the audit archive';

/** Bytes of one block, read or written. It bounds memory and keeps the number of requests low. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Milliseconds for one request that carries at most one block. */
const CALL_LIMIT_MS = 60_000;

/** Sends one changing request and classifies its errors. Errors of the ownership fence pass unchanged. */
const change = <T>(call: () => Promise<T>): Promise<T> => mutating(() => azureError(SYSTEM, call));

/** Azure Blob Storage. A blob appears complete, with its digest in its metadata, or not at all: blocks are staged, then committed at once. */
export const createArchive = (settings: Pick<WorkerSettings, 'ARCHIVE_BLOB_CONNECTION_STRING'>): Archive => {
  const container = BlobServiceClient
    .fromConnectionString(settings.ARCHIVE_BLOB_CONNECTION_STRING, { retryOptions: { maxTries: 1 } })
    .getContainerClient(CONTAINER);

  return {
    write: async (name, content, metadata = () => ({})) => {
      await change(() => container.createIfNotExists({ abortSignal: callSignal(CALL_LIMIT_MS) }));
      const blob = container.getBlockBlobClient(name);
      const hash = createHash('sha256');
      const ids: string[] = [];
      let bytes = 0;
      for await (const block of blocksOf(content)) {
        const id = Buffer.from(String(ids.length).padStart(6, '0')).toString('base64');
        await change(() => blob.stageBlock(id, block, block.length, { abortSignal: callSignal(CALL_LIMIT_MS) }));
        hash.update(block);
        ids.push(id);
        bytes += block.length;
      }
      const written = { ...metadata(), sha256: hash.digest('hex') };
      await change(() => commitOnce(blob, ids, written));
      return { url: blob.url, bytes, sha256: written.sha256, metadata: written };
    },

    find: (name) => azureError(SYSTEM, async () => {
      try {
        return await propertiesOf(container.getBlockBlobClient(name));
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return undefined;
        throw error;
      }
    }),

    async *read(name) {
      const blob = container.getBlockBlobClient(name);
      const { bytes } = await azureError(SYSTEM, () => propertiesOf(blob));
      for (let offset = 0; offset < bytes; offset += BLOCK_BYTES) {
        const count = Math.min(BLOCK_BYTES, bytes - offset);
        yield await azureError(SYSTEM, () => blob.downloadToBuffer(offset, count, { abortSignal: callSignal(CALL_LIMIT_MS) }));
      }
    },
  };
};

const propertiesOf = async (blob: BlockBlobClient): Promise<ArchivedBlob> => {
  const { contentLength = 0, metadata = {} } = await blob.getProperties({ abortSignal: callSignal(CALL_LIMIT_MS) });
  return { url: blob.url, bytes: contentLength, sha256: metadata['sha256'] ?? '', metadata };
};

/** Commits the staged blocks as the blob, unless it exists. An existing blob with the same content counts as written. */
const commitOnce = async (blob: BlockBlobClient, ids: string[], metadata: { sha256: string }): Promise<void> => {
  try {
    await blob.commitBlockList(ids, { metadata, conditions: { ifNoneMatch: '*' }, abortSignal: callSignal(CALL_LIMIT_MS) });
  } catch (error) {
    if (!(error instanceof RestError) || (error.statusCode !== 409 && error.statusCode !== 412)) throw error;
    const { sha256 } = await propertiesOf(blob);
    if (sha256 !== metadata.sha256) throw new TenantError('UNAVAILABLE', `${blob.name} was written to the audit archive at the same time`, { cause: error });
  }
};

/** Content cut and joined to blocks of BLOCK_BYTES, the last one shorter. */
const blocksOf = async function* (content: AsyncIterable<Buffer> | Buffer): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of Buffer.isBuffer(content) ? [content] : content) {
    pending = Buffer.concat([pending, chunk]);
    for (; pending.length >= BLOCK_BYTES; pending = pending.subarray(BLOCK_BYTES)) yield pending.subarray(0, BLOCK_BYTES);
  }
  if (pending.length > 0) yield pending;
};
