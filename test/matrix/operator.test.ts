import assert from 'node:assert/strict';
import { OPERATION_KINDS } from '../../tenant/lifecycle.ts';
import { workflowIdOf } from '../../tenant/names.ts';
import { call, tenantRequest, uniqueSlug } from '../support/api.ts';
import { isWhole, MatrixService, sideBySide } from '../support/matrix/fleet.ts';
import { ACT_NAMES, untilClosed } from '../support/matrix/operator-acts.ts';
import { disturb, disturbedOf, rulesOf, WORKFLOW_TYPES, type Cell, type Disturbed } from '../support/matrix/operator.ts';
import { withTemporal } from '../support/temporal.ts';

/** Every act on every kind of operation, at every step of it. */
const CELLS: readonly Cell[] = OPERATION_KINDS.flatMap((kind) => [...ACT_NAMES, 'ended' as const].map((act) => ({ kind, act })));

/** Cells that once lost data, or blocked a slug for ever. */
const SAMPLE: readonly Cell[] = [
  { kind: 'RECONFIGURATION', act: 'terminate, start like it, cancel' },
  { kind: 'SUSPENSION', act: 'start others beside it' },
  { kind: 'RECONFIGURATION', act: 'reset the activity' },
  { kind: 'PROVISIONING', act: 'ended' },
];

const told = ({ cell: { kind, act }, tenant: { slug }, problems }: Disturbed): string[] => problems.map((problem) => `${kind}, ${act} (${slug}): ${problem}`);

describe('the operator matrix', function () {
  this.timeout(isWhole ? 3_600_000 : 300_000);
  let service: MatrixService;

  before(async () => {
    service = await MatrixService.start('operator', { HEARTBEAT_TIMEOUT_SECONDS: '3', ABANDONED_CHECK_SECONDS: '5', ABANDONED_QUIET_SECONDS: '10' });
  });
  after(() => service?.stop());

  it('an operator removes no tenant that was ever ACTIVE, and no slug is stuck', async () => {
    const all = (isWhole ? CELLS : SAMPLE).map((cell) => disturbedOf(service, cell));
    service.worker.order({ type: 'rules', rules: all.flatMap(rulesOf), losesDeliveries: false });
    const start = Date.now();
    await withTemporal((client) => sideBySide(all, (one) => disturb(service, client, one)));
    console.log(`      ${all.length} tenants, ${all.flatMap(({ holds }) => holds).length} holds, ${Math.round((Date.now() - start) / 1000)} s`);
    assert.deepEqual(all.flatMap(told), []);
  });

  it('a run with a wrong input fails at once and leaves its slug free', async () => {
    const starts = Object.values(WORKFLOW_TYPES).flatMap((type) => [[], [null], ['nonsense'], [{ tenantId: 'not-a-uuid', slug: 'x', actor: 'operator' }]].map((args) => ({ type, args, slug: uniqueSlug('bad') })));
    await withTemporal(async (client) => {
      for (const { type, args, slug } of starts) await client.workflow.start(type, { workflowId: workflowIdOf(slug), taskQueue: service.taskQueue, args });
      for (const { type, args, slug } of starts) assert.equal(await untilClosed(client, workflowIdOf(slug)), 'FAILED', `${type} ${JSON.stringify(args)}`);
    });
    const { slug } = starts[0]!;
    const created = await call('/tenants', { api: service.api, body: tenantRequest(slug) });
    assert.equal(created.status, 202, JSON.stringify(created.body));
    await call(`/tenants/${created.body['id']}/provisioning/cancel`, { api: service.api, method: 'POST' });
  });
});
