import { described } from '../support/matrix/books.ts';
import { changeTier, create, deleteTenant, perform, reconfigure, type MatrixTenant, type Operation } from '../support/matrix/acts.ts';
import type { Random } from './random.ts';

type Act = (tenant: MatrixTenant, random: Random) => Promise<Operation>;
type Stage = 'ACTIVE' | 'SUSPENDED';

const TIERS = ['FREE', 'PROFESSIONAL', 'ENTERPRISE'] as const;

/** Each operation on a living tenant: where it is legal, and where it leads. */
const ACTS: readonly { from: Stage; to: Stage; act: Act }[] = [
  { from: 'ACTIVE', to: 'SUSPENDED', act: (tenant) => perform(tenant, 'suspend') },
  { from: 'SUSPENDED', to: 'ACTIVE', act: (tenant) => perform(tenant, 'activate') },
  { from: 'ACTIVE', to: 'ACTIVE', act: async (tenant, random) => changeTier(tenant, random.oneOf(TIERS)) },
  { from: 'ACTIVE', to: 'ACTIVE', act: (tenant, random) => reconfigure(tenant, { aiModel: `model-${random.whole(1, 9)}`, queryTimeoutSeconds: random.whole(10, 900) }) },
];

/** A whole life with its problems. */
export interface ChaoticLife {
  tenant: MatrixTenant;
  operations: number;
  /** Operations that were requested again. */
  retries: string[];
  problems: string[];
}

/** Lives a whole life with some operations in between; an operation without success is requested again. */
export const liveChaotically = async (tenant: MatrixTenant, random: Random, ends: AbortSignal): Promise<ChaoticLife> => {
  const life: ChaoticLife = { tenant, operations: 0, retries: [], problems: [] };
  const once = async (first: () => Promise<Operation>, again = first): Promise<void> => {
    life.operations += 1;
    const operation = await first();
    if (operation['status'] === 'COMPLETED') return;
    life.retries.push(described(operation));
    const second = await again();
    if (second['status'] !== 'COMPLETED') throw new Error(`after one retry by hand still ${described(second)}`);
  };
  try {
    await once(() => create(tenant), () => perform(tenant, 'provisioning/retry'));
    let stage: Stage = 'ACTIVE';
    for (let left = random.whole(3, 7); left > 0 && !ends.aborted; left -= 1) {
      const { act, to } = random.oneOf(ACTS.filter(({ from }) => from === stage));
      const choice = random.whole(0, 1_000_000);
      await once(() => act(tenant, random.again(choice)));
      stage = to;
    }
    await once(() => deleteTenant(tenant));
  } catch (error) {
    life.problems.push(error instanceof Error ? error.message : String(error));
  }
  return life;
};
