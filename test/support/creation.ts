import { call, tenantRequest } from './api.ts';
import { query } from './database.ts';
import { until } from './until.ts';

/** On a machine that is busy with other tests the API may not get its answers in time, and says so. */
const patiently = (body: unknown, api: string) => until('the creation to be accepted or refused', async () => {
  const answer = await call('/tenants', { body, api });
  return answer.status !== 503 && answer;
}, { seconds: 120 });

/** Creates a tenant while no worker is there; resolves with its id. */
export const createQueued = async (slug: string, api: string): Promise<string> => {
  const { status, body } = await patiently(tenantRequest(slug), api);
  if (status !== 202 || body['status'] !== 'QUEUED') throw new Error(`POST /tenants answered ${status}: ${JSON.stringify(body)}`);
  return body['id'] as string;
};

/** The codes of everything that a creation is refused for, also when the verdict comes after the answer. */
export const violationsOf = async (request: unknown, api: string): Promise<string[]> => {
  const { status, body } = await patiently(request, api);
  const violations = status === 202 ? await lateViolationsOf(body['id'] as string) : body['violations'] as Violation[] | undefined;
  return (violations ?? []).map(({ code }) => code);
};

interface Violation {
  code: string;
}

const lateViolationsOf = (id: string): Promise<Violation[]> => until('the verdict', async () => {
  const [row] = await query<{ violations: Violation[] | null }>('controlPlane', 'SELECT violations FROM tenant_operations WHERE tenant_id = $1', [id]);
  return row?.violations ?? undefined;
});
