import { PHASE_DESCRIPTIONS, type Phase } from '../tenant/phases.ts';
import type { PhaseView } from '../tenant/views.ts';

const isPhase = (view: PhaseView): view is PhaseView & { phase: Phase } => view.phase in PHASE_DESCRIPTIONS;

const documented = ({ phase }: { phase: Phase }): readonly [number, number] => PHASE_DESCRIPTIONS[phase].documentedSeconds;

/** What a step counts whose duration nobody documents, in seconds. */
const UNDOCUMENTED_SECONDS = 20;

const weight = (view: PhaseView): number => (isPhase(view) ? (documented(view)[0] + documented(view)[1]) / 2 : UNDOCUMENTED_SECONDS);

/** Completed share of the documented durations, in whole per cent. */
export const percentOf = (phases: readonly PhaseView[]): number => {
  const sum = (of: readonly PhaseView[]) => of.reduce((total, view) => total + weight(view), 0);
  return Math.floor((100 * sum(phases.filter(({ state }) => state === 'COMPLETED'))) / sum(phases));
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
