import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { WAVES } from '../tenant/catalogue.ts';
import { VERDICT_UPDATE, type ProvisioningResult, type ProvisionTenant, type ValidationVerdict } from '../tenant/operations.ts';
import { PHASES } from '../tenant/phases.ts';
import { TEARDOWN_STEPS } from '../tenant/steps.ts';
import { asRunFailure } from './failure-reason.ts';
import { Operation } from './operation.ts';
import { allSettled } from './parallel.ts';

/** By which POST /tenants learns what VALIDATE found, in the same call that starts the run. */
export const verdictUpdate = defineUpdate<ValidationVerdict>(VERDICT_UPDATE);

/** Two tries of 30 s each: a service that just missed one gets another, a broken one is named within a minute or so. */
const HEALTH_CHECK_ATTEMPTS = 2;

/** A wave or a certificate that is not there after its own ten minutes gets two more tries, for a worker that died while waiting. */
const WAIT_ATTEMPTS = 3;

/** Provision a tenant: the mission's nine phases; a retry executes only those not yet completed. */
export async function provisionTenant(request: ProvisionTenant): Promise<ProvisioningResult> {
  const operation = new Operation('PROVISIONING', request, PHASES);
  const { input } = operation;
  const answer = answerWithVerdict();

  return operation.run(async () => {
    const verdict = await operation.first('VALIDATE', () => answer(operation.activities('VALIDATE').validate({ ...input, tenant: request.tenant })),
      { undo: TEARDOWN_STEPS });
    if (!verdict.accepted) return { result: 'REFUSED', violations: verdict.violations };
    operation.resume(verdict);

    await operation.phase('CREATE_NAMESPACE', () => operation.activities('CREATE_NAMESPACE').createNamespace(input), { undo: ['REMOVE_NAMESPACE'] });
    await operation.phase('DEPLOY_SECRETS', () => operation.activities('DEPLOY_SECRETS').deploySecrets(input), { undo: ['DROP_DATABASES'] });
    await operation.phase('DEPLOY_DATABASES', () => operation.activities('DEPLOY_DATABASES').deployDatabases(input), { undo: ['DROP_DATABASES'] });
    await allSettled([
      () => operation.phase('DEPLOY_SERVICES', () => deployInWaves(operation), { undo: ['UNINSTALL_RELEASES'] }),
      () => operation.phase('DEPLOY_INGRESS', () => deployIngress(operation), { undo: ['WITHDRAW_INGRESS', 'UNINSTALL_RELEASES', 'REMOVE_ZONE'] }),
    ]);
    await operation.phase('CONFIGURE', () => operation.activities('CONFIGURE').configure(input), { undo: ['REMOVE_CONFIGURATION'] });
    await operation.phase('VERIFY', () => operation.activities('VERIFY', { maximumAttempts: HEALTH_CHECK_ATTEMPTS }).verify(input));
    await operation.phase('ACTIVATE', () => operation.activities('ACTIVATE').activate(input), { undo: ['REMOVE_REGISTRATIONS'], pointOfNoReturn: true });
    return { result: 'ACTIVE', tenantId: input.tenantId, slug: input.slug };
  });
}

/** One short install a service, side by side within a wave, and one wait a wave; the last wait completes the phase. */
const deployInWaves = async (operation: Operation): Promise<void> => {
  for (const [index, wave] of WAVES.entries()) {
    await allSettled(wave.map(({ name }) => () =>
      operation.activities('DEPLOY_SERVICES', { part: name, pace: 'waiting' }).deployService({ ...operation.input, service: name })));
    const number = index + 1;
    await operation.activities('DEPLOY_SERVICES', { part: `wave ${number}`, pace: 'waiting', maximumAttempts: WAIT_ATTEMPTS })
      .awaitWave({ ...operation.input, wave: number, last: number === WAVES.length });
  }
};

/** Controller and its address, then the zone that points to it, then the certificate and the Ingress that use both. */
const deployIngress = async (operation: Operation): Promise<void> => {
  const { ip } = await operation.activities('DEPLOY_INGRESS', { part: 'controller', pace: 'waiting' }).deployIngressController(operation.input);
  await operation.activities('DEPLOY_INGRESS', { part: 'zone', pace: 'waiting' }).delegateZone({ ...operation.input, ip });
  await operation.activities('DEPLOY_INGRESS', { part: 'certificate', pace: 'waiting', maximumAttempts: WAIT_ATTEMPTS }).issueCertificate({ ...operation.input, ip });
};

/** Sets up the update's handler; returns what to pass VALIDATE's promise through, so that the handler answers with its outcome. */
const answerWithVerdict = () => {
  let validation: Promise<ValidationVerdict> | undefined;
  setHandler(verdictUpdate, async () => {
    await condition(() => validation !== undefined);
    return validation!.catch((error: unknown) => { throw asRunFailure(error); });
  });
  return (begun: Promise<ValidationVerdict>): Promise<ValidationVerdict> => validation = begun;
};
