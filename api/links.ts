import type { ApiSettings } from '../settings/api.ts';
import type { Links, OperationLinks } from '../tenant/views.ts';

export const API_PREFIX = '/api/v1';

/** A run in Temporal's Web UI. */
export const temporalUrl = ({ TEMPORAL_UI_URL, TEMPORAL_NAMESPACE }: ApiSettings, workflowId: string, runId: string): string => {
  const path = ['namespaces', TEMPORAL_NAMESPACE, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
  return `${TEMPORAL_UI_URL.replace(/\/$/, '')}/${path}`;
};

/** Where to go from a tenant; paths on this API. */
export const linksOf = (tenantId: string, temporal?: string): Links => {
  const self = `${API_PREFIX}/tenants/${tenantId}`;
  return {
    self,
    status: `${self}/provisioning/status`,
    stream: `${self}/provisioning/status/stream`,
    operations: `${self}/operations`,
    ...(temporal !== undefined && { temporal }),
  };
};

/** Where to go from an operation. */
export const operationLinksOf = (settings: ApiSettings, tenantId: string, workflowId: string, runId: string): OperationLinks => {
  const self = `${API_PREFIX}/operations/${runId}`;
  return { self, stream: `${self}/stream`, tenant: `${API_PREFIX}/tenants/${tenantId}`, temporal: temporalUrl(settings, workflowId, runId) };
};
