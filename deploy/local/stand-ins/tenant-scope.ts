import { Refusal, type Call } from './call.ts';

/** The X-Tenant-ID of a call on behalf of a tenant; a call without it, or one about another tenant, is refused. */
export const tenantOf = (call: Call, subject?: string): string => {
  if (!call.tenantId) throw new Refusal(400, 'TENANT_REQUIRED', 'the header X-Tenant-ID is required');
  if (subject !== undefined && subject !== call.tenantId) throw new Refusal(403, 'OTHER_TENANT', 'X-Tenant-ID names another tenant than the call is about');
  return call.tenantId;
};
