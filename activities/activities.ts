import { certify } from './deletion/certify.ts';
import { checkConfirmation } from './deletion/check-confirmation.ts';
import { closeDeletionRequest } from './deletion/close-request.ts';
import { exportAudit } from './deletion/export-audit.ts';
import { inspectConfirmedTenant } from './deletion/inspect-tenant.ts';
import { markDeleting } from './deletion/mark-deleting.ts';
import { openDeletionRequest } from './deletion/open-request.ts';
import { publishDeleted } from './deletion/publish-deleted.ts';
import { scanResidue } from './deletion/scan-residue.ts';
import { sendDeletionCode } from './deletion/send-code.ts';
import { beginOperation } from './operation/begin-operation.ts';
import { closeOperation } from './operation/close-operation.ts';
import type { ActivityDependencies } from './phase-activity.ts';
import { activate } from './provisioning/activate.ts';
import { configure } from './provisioning/configure.ts';
import { createNamespace } from './provisioning/create-namespace/create-namespace.ts';
import { delegateZone } from './provisioning/deploy-ingress/delegate-zone.ts';
import { deployIngressController } from './provisioning/deploy-ingress/deploy-ingress-controller.ts';
import { issueCertificate } from './provisioning/deploy-ingress/issue-certificate.ts';
import { deployDatabases } from './provisioning/deploy-databases.ts';
import { deploySecrets } from './provisioning/deploy-secrets.ts';
import { awaitWave, deployService } from './provisioning/deploy-services.ts';
import { validate } from './provisioning/validate.ts';
import { verify } from './provisioning/verify.ts';
import { markActive } from './reactivation/mark-active.ts';
import { publishActivated } from './reactivation/publish-activated.ts';
import { scaleUp } from './reactivation/scale-up.ts';
import { markSuspended } from './suspension/mark-suspended.ts';
import { publishSuspended } from './suspension/publish-suspended.ts';
import { revokeTokens } from './suspension/revoke-tokens.ts';
import { scaleDown } from './suspension/scale-down.ts';
import { announceConfiguration } from './reconfiguration/announce-configuration.ts';
import { reconfigure, returnConfiguration } from './reconfiguration/reconfigure.ts';
import { dropDatabases } from './teardown/drop-databases.ts';
import { removeConfiguration } from './teardown/remove-configuration.ts';
import { removeNamespace } from './teardown/remove-namespace.ts';
import { removeRegistrations } from './teardown/remove-registrations.ts';
import { removeTenant } from './teardown/remove-tenant.ts';
import { removeZone } from './teardown/remove-zone.ts';
import { announceTierChange } from './tier-change/announce-tier-change.ts';
import { applyFlags } from './tier-change/apply-flags.ts';
import { applyQuota } from './tier-change/apply-quota.ts';
import { checkFit } from './tier-change/check-fit.ts';
import { repairAddress } from './tier-change/repair-address.ts';
import { restoreReleases } from './tier-change/restore-releases.ts';
import { upgradeReleases } from './tier-change/upgrade-releases.ts';
import { uninstallReleases } from './teardown/uninstall-releases.ts';
import { withdrawIngress } from './teardown/withdraw-ingress.ts';

/** Every activity the worker serves, built from its connectors. */
export const createActivities = (dependencies: ActivityDependencies) => ({
  validate: validate(dependencies),
  createNamespace: createNamespace(dependencies),
  deploySecrets: deploySecrets(dependencies),
  deployDatabases: deployDatabases(dependencies),
  deployService: deployService(dependencies),
  awaitWave: awaitWave(dependencies),
  deployIngressController: deployIngressController(dependencies),
  delegateZone: delegateZone(dependencies),
  issueCertificate: issueCertificate(dependencies),
  configure: configure(dependencies),
  verify: verify(dependencies),
  activate: activate(dependencies),

  withdrawIngress: withdrawIngress(dependencies),
  uninstallReleases: uninstallReleases(dependencies),
  dropDatabases: dropDatabases(dependencies),
  removeNamespace: removeNamespace(dependencies),
  removeZone: removeZone(dependencies),
  removeConfiguration: removeConfiguration(dependencies),
  removeRegistrations: removeRegistrations(dependencies),
  removeTenant: removeTenant(dependencies),

  markSuspended: markSuspended(dependencies),
  scaleDown: scaleDown(dependencies),
  revokeTokens: revokeTokens(dependencies),
  publishSuspended: publishSuspended(dependencies),

  scaleUp: scaleUp(dependencies),
  markActive: markActive(dependencies),
  publishActivated: publishActivated(dependencies),

  checkFit: checkFit(dependencies),
  applyQuota: applyQuota(dependencies),
  upgradeReleases: upgradeReleases(dependencies),
  repairAddress: repairAddress(dependencies),
  restoreReleases: restoreReleases(dependencies),
  applyFlags: applyFlags(dependencies),
  announceTierChange: announceTierChange(dependencies),

  reconfigure: reconfigure(dependencies),
  returnConfiguration: returnConfiguration(dependencies),
  announceConfiguration: announceConfiguration(dependencies),

  openDeletionRequest: openDeletionRequest(dependencies),
  sendDeletionCode: sendDeletionCode(dependencies),
  checkConfirmation: checkConfirmation(dependencies),
  closeDeletionRequest: closeDeletionRequest(dependencies),
  inspectConfirmedTenant: inspectConfirmedTenant(dependencies),
  markDeleting: markDeleting(dependencies),
  exportAudit: exportAudit(dependencies),
  scanResidue: scanResidue(dependencies),
  certify: certify(dependencies),
  publishDeleted: publishDeleted(dependencies),

  beginOperation: beginOperation(dependencies),
  closeOperation: closeOperation(dependencies),
});

export type Activities = ReturnType<typeof createActivities>;
