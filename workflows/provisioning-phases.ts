import { WAVES } from '../tenant/catalogue.ts';
import type { Operation } from './operation.ts';
import { allSettled } from './parallel.ts';

/** The phases after VALIDATE, each with what takes it back. */
export const provisionPhases = async (operation: Operation): Promise<void> => {
  const { input } = operation;
  await operation.phase('CREATE_NAMESPACE', () => operation.activities('CREATE_NAMESPACE').createNamespace(input), { undo: ['REMOVE_NAMESPACE'] });
  await operation.phase('DEPLOY_SECRETS', () => operation.activities('DEPLOY_SECRETS').deploySecrets(input), { undo: ['DROP_DATABASES'] });
  await operation.phase('DEPLOY_DATABASES', () => operation.activities('DEPLOY_DATABASES').deployDatabases(input), { undo: ['DROP_DATABASES'] });
  await allSettled([
    () => operation.phase('DEPLOY_SERVICES', () => deployInWaves(operation), { undo: ['UNINSTALL_RELEASES'] }),
    () => operation.phase('DEPLOY_INGRESS', () => deployIngress(operation), { undo: ['WITHDRAW_INGRESS', 'UNINSTALL_RELEASES', 'REMOVE_ZONE'] }),
  ]);
  await operation.phase('CONFIGURE', () => operation.activities('CONFIGURE').configure(input), { undo: ['REMOVE_CONFIGURATION'] });
  await operation.phase('VERIFY', () => operation.activities('VERIFY').verify(input));
  await operation.phase('ACTIVATE', () => operation.activities('ACTIVATE').activate(input), { undo: ['REMOVE_REGISTRATIONS'], pointOfNoReturn: true });
};

/** One short install a service, side by side within a wave, and one wait a wave; the last wait completes the phase. */
const deployInWaves = async (operation: Operation): Promise<void> => {
  for (const [index, wave] of WAVES.entries()) {
    await allSettled(wave.map(({ name }) => () =>
      operation.activities('DEPLOY_SERVICES', { part: name, pace: 'waiting' }).deployService({ ...operation.input, service: name })));
    const number = index + 1;
    await operation.activities('DEPLOY_SERVICES', { part: `wave ${number}`, pace: 'waiting' })
      .awaitWave({ ...operation.input, wave: number, last: number === WAVES.length });
  }
};

/** Controller and its address, then the zone that points to it, then the certificate and the Ingress that use both. */
const deployIngress = async (operation: Operation): Promise<void> => {
  const { ip } = await operation.activities('DEPLOY_INGRESS', { part: 'controller', pace: 'waiting' }).deployIngressController(operation.input);
  await operation.activities('DEPLOY_INGRESS', { part: 'zone', pace: 'waiting' }).delegateZone({ ...operation.input, ip });
  await operation.activities('DEPLOY_INGRESS', { part: 'certificate', pace: 'waiting' }).issueCertificate({ ...operation.input, ip });
};
