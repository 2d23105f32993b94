import type { Fault, faultSchema } from '../../deploy/local/stand-ins/faults.ts';
import type { LedgerEntry } from '../../deploy/local/stand-ins/ledger.ts';
import type { z } from 'zod';
import { SignJWT } from 'jose';
import { endpoints, serviceEnvironment } from './endpoints.ts';

export type StandIn = 'iam' | 'config' | 'notification' | 'audit' | 'infrastructure' | 'azureDns';

/** The writes a stand-in has seen for a tenant that had an effect. */
export const ledger = async (standIn: StandIn, tenantId: string): Promise<LedgerEntry[]> => {
  const answer = await fetch(`${endpoints().standIns[standIn]}/_ledger?tenantId=${tenantId}`);
  const body = (await answer.json()) as LedgerEntry[] | { entries: LedgerEntry[] };
  return Array.isArray(body) ? body : body.entries;
};

/** Programs a fault; returns how to remove it. Match on the tenant, so that tests beside this one are not struck. */
export const fault = async (standIn: StandIn | 'clusterProxy', request: z.input<typeof faultSchema>): Promise<() => Promise<void>> => {
  const base = standIn === 'clusterProxy' ? endpoints().clusterProxy : endpoints().standIns[standIn];
  const answer = await fetch(`${base}/_faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) });
  if (!answer.ok) throw new Error(`fault refused: ${await answer.text()}`);
  const { id } = (await answer.json()) as Fault;
  return async () => void await fetch(`${base}/_faults/${id}`, { method: 'DELETE' });
};

/** Calls a stand-in as another service of the platform would. */
export const serviceCall = async (
  standIn: StandIn, method: string, path: string, { tenantId, body }: { tenantId: string; body?: unknown },
): Promise<{ status: number; body: unknown }> => {
  const key = new TextEncoder().encode(serviceEnvironment()['SERVICE_JWT_SECRET']);
  const token = await new SignJWT({ type: 'service' }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m').sign(key);
  const answer = await fetch(`${endpoints().standIns[standIn]}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'x-tenant-id': tenantId, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
};
