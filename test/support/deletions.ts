import { createHash } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { execa } from 'execa';
import { silent } from '../../deploy/local/progress.ts';
import { defaultCacheFolder } from '../../deploy/local/toolchain/cache.ts';
import { provideTools } from '../../deploy/local/toolchain/toolchain.ts';
import { tools } from '../../deploy/local/toolchain/tools.ts';
import type { ArchivePart, DeletionCertificate } from '../../tenant/deletion-certificate.ts';
import { deletionWaitWorkflowIdOf } from '../../tenant/names.ts';
import { call } from './api.ts';
import { endpoints, serviceEnvironment } from './endpoints.ts';
import { untilEnded } from './operations.ts';
import { serviceCall } from './stand-ins.ts';
import { until } from './until.ts';

interface Options {
  /** Base URL of another API than the stack's own. */
  api?: string;
  seconds?: number;
}

/** Who asks for deletions in the tests. */
const ADMIN = 'admin@matih.example';

/** Asks for a tenant's deletion; returns the code that confirms it, which on a busy machine comes after the answer. */
export const requestDeletion = async (tenantId: string, body?: unknown, { api }: Options = {}): Promise<string> => {
  const answer = await call(`/tenants/${tenantId}`, { method: 'DELETE', ...(body !== undefined && { body }), ...(api && { api }) });
  if (answer.status !== 202) throw new Error(`DELETE answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return (answer.body['deletion'].code as string | undefined) ?? codeSentTo(tenantId, ADMIN);
};

/** Confirms over REST. */
export const confirm = (tenantId: string, code: string, { api, token }: Options & { token?: string } = {}) =>
  call(`/tenants/${tenantId}/deletion/confirmation`, { body: { code }, ...(api && { api }), ...(token && { token }) });

/** The run of a tenant's newest deletion, once it has been admitted. */
export const deletionRunOf = (tenantId: string, { api }: Options = {}): Promise<string> => until(`the deletion of ${tenantId} to begin`, async () => {
  const { body } = await call(`/tenants/${tenantId}/operations`, api ? { api } : {});
  const [newest] = (body['data'] ?? []) as { kind: string; runId: string }[];
  return newest?.kind === 'DELETION' && newest.runId;
});

/** Waits until a tenant's deletion has ended; returns the operation. */
export const untilDeleted = async (tenantId: string, options: Options = {}): Promise<Record<string, any>> =>
  untilEnded(await deletionRunOf(tenantId, options), { seconds: 120, ...options });

/** Asks for the deletion, confirms it over REST, and waits for its end. */
export const deleteCompletely = async (tenantId: string, options: Options = {}): Promise<Record<string, any>> => {
  const confirmed = await confirm(tenantId, await requestDeletion(tenantId, undefined, options), options);
  if (confirmed.status !== 202) throw new Error(`the confirmation answered ${confirmed.status}: ${JSON.stringify(confirmed.body)}`);
  return untilDeleted(tenantId, options);
};

/** Sends a signal to a waiting deletion by the Temporal CLI, as an operator does. */
export const signalByCli = async (tenantId: string, name: string, input?: unknown): Promise<void> => {
  const { temporal } = await provideTools({ temporal: tools.temporal }, { cacheFolder: defaultCacheFolder(), environment: process.env, progress: silent });
  await execa(temporal, [
    'workflow', 'signal', '--address', endpoints().temporal, '--workflow-id', deletionWaitWorkflowIdOf(tenantId), '--name', name,
    ...(input === undefined ? [] : ['--input', JSON.stringify(input)]),
  ]);
};

/** The code that was sent to an admin. */
export const codeSentTo = (tenantId: string, admin: string): Promise<string> => until(`the code for ${admin}`, async () => {
  const { body } = await serviceCall('notification', 'GET', `/api/v1/notifications?tenantId=${tenantId}&templateKey=tenant-deletion-code&size=100`, { tenantId });
  const sent = (body as { data: { recipient: string; variables: { code: string } }[] }).data;
  return sent.findLast(({ recipient }) => recipient === admin)?.variables.code;
});

/** The certificate of a deleted tenant. */
export const certificateOf = async (tenantId: string): Promise<DeletionCertificate> => {
  const { status, body } = await call(`/deletions/${tenantId}`);
  if (status !== 200) throw new Error(`the certificate answered ${status}`);
  return body as DeletionCertificate;
};

/** A part of an audit export, read from the storage account itself. */
export const readPart = async ({ url }: Pick<ArchivePart, 'url'>): Promise<{ sha256: string; bytes: number; events: Record<string, any>[] }> => {
  const service = BlobServiceClient.fromConnectionString(serviceEnvironment()['ARCHIVE_BLOB_CONNECTION_STRING'] ?? '');
  const [container = '', ...name] = decodeURIComponent(url).slice(service.url.length).split('/').filter(Boolean);
  const blob = await service.getContainerClient(container).getBlobClient(name.join('/')).downloadToBuffer();
  return {
    sha256: createHash('sha256').update(blob).digest('hex'),
    bytes: blob.length,
    events: blob.toString('utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, any>),
  };
};

/** Writes one event into a tenant's audit log, as any service of the platform does. */
export const writeAudit = (tenantId: string, number: number) => serviceCall('audit', 'POST', '/api/v1/audit/events', {
  tenantId, body: { tenantId, eventType: 'QUERY_EXECUTED', action: 'READ', success: true, metadata: { number } },
});

/** How many events the audit service has of a tenant. */
export const auditCount = async (tenantId: string): Promise<number> => {
  const { body } = await serviceCall('audit', 'GET', `/api/v1/audit/events?tenantId=${tenantId}&size=1`, { tenantId });
  return (body as { pagination: { total: number } }).pagination.total;
};

/** The first hundred events that the audit service has of a tenant, oldest first. */
export const auditOf = async (tenantId: string): Promise<{ eventType: string; actorId: string }[]> => {
  const { body } = await serviceCall('audit', 'GET', `/api/v1/audit/events?tenantId=${tenantId}&size=100`, { tenantId });
  return (body as { data: { eventType: string; actorId: string }[] }).data;
};
