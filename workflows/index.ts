/** Every workflow type the worker serves. */
export { changeTier } from './change-tier.ts';
export { provisionTenant } from './provision-tenant.ts';
export { reactivateTenant } from './reactivate-tenant.ts';
export { reconfigureTenant } from './reconfigure-tenant.ts';
export { reprovisionTenant } from './reprovision-tenant.ts';
export { rollbackTenant } from './rollback-tenant.ts';
export { suspendTenant } from './suspend-tenant.ts';
export { awaitDeletionConfirmation } from './await-deletion-confirmation.ts';
export { deleteTenant } from './delete-tenant.ts';
