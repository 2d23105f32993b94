import { provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { CELLS, type Cell } from '../support/ownership-matrix.ts';
import { deleteDamaged, deleteMended } from '../support/ownership-proof.ts';
import { startOwnService } from '../support/service.ts';

/** Tenants that are made and deleted at the same time. */
const AT_A_TIME = 3;

const suffer = async (cell: Cell): Promise<void> => {
  const slug = uniqueSlug('own');
  const { id } = await provision(tenantRequest(slug));
  const mend = await deleteDamaged({ id, slug }, cell);
  if (!mend) return;
  await mend();
  await deleteMended({ id, slug });
};

/** Each object of a tenant, with its mark missing, another tenant's, or in another place: a certificate only where nothing is left. */
describe('the deletion of a tenant whose', function () {
  this.timeout(3_600_000);
  const runs = new Map<Cell, Promise<void>>();

  before(() => {
    const lanes = Array.from({ length: AT_A_TIME }, () => Promise.resolve());
    for (const [index, cell] of CELLS.entries()) {
      const run = lanes[index % AT_A_TIME]!.then(() => suffer(cell));
      lanes[index % AT_A_TIME] = run.catch(() => undefined);
      runs.set(cell, run);
    }
  });

  for (const cell of CELLS) it(`${cell.name}: names it, or leaves nothing`, () => runs.get(cell));
});

describe('the deletion of a tenant by a worker whose settings have changed', function () {
  this.timeout(240_000);

  it('finds the zone and its delegation in the previous resource group', async () => {
    const slug = uniqueSlug('own');
    const { id } = await provision(tenantRequest(slug));
    const own = await startOwnService(uniqueSlug('scope'), { AZURE_DNS_RESOURCE_GROUP: 'matih-dns-new' });
    try {
      await own.startWorker();
      await deleteMended({ id, slug }, { api: own.api });
    } finally {
      await own.stop();
    }
  });
});
