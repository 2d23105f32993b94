import { PHASE_DESCRIPTIONS, type Phase } from '../tenant/phases.ts';
import type { PhaseView } from '../tenant/views.ts';

const isPhase = (view: PhaseView): view is PhaseView & { phase: Phase } => view.phase in PHASE_DESCRIPTIONS;

const documented = ({ phase }: { phase: Phase }): readonly [number, number] => PHASE_DESCRIPTIONS[phase].documentedSeconds;

/** Share of the documented durations that is completed, in whole per cent. */
export const percentOf = (phases: readonly PhaseView[]): number => {
  const weights = phases.filter(isPhase).map((view) => ({ weight: documented(view)[0] + documented(view)[1], done: view.state === 'COMPLETED' }));
  const sum = (of: typeof weights) => of.reduce((total, { weight }) => total + weight, 0);
  return Math.floor((100 * sum(weights.filter(({ done }) => done))) / sum(weights));
};

/** Ingress is deployed beside the services, so the longer of the two counts. */
const PARALLEL: readonly Phase[] = ['DEPLOY_SERVICES', 'DEPLOY_INGRESS'];

/** Seconds left, least and most, by the documented durations less what has passed. */
export const remainingSeconds = (phases: readonly PhaseView[]): { minSeconds: number; maxSeconds: number } => {
  const open = phases.filter(isPhase).filter(({ state }) => state !== 'COMPLETED');
  const left = (bound: 0 | 1) => {
    const of = (view: (typeof open)[number]) => Math.max(0, documented(view)[bound] - (view.seconds ?? 0));
    const [side, line] = [open.filter(({ phase }) => PARALLEL.includes(phase)), open.filter(({ phase }) => !PARALLEL.includes(phase))];
    return Math.round(line.reduce((total, view) => total + of(view), 0) + Math.max(0, ...side.map(of)));
  };
  return { minSeconds: left(0), maxSeconds: left(1) };
};
