/** Every workflow type the worker serves. */
export { provisionTenant } from './provision-tenant.ts';
export { reactivateTenant } from './reactivate-tenant.ts';
export { reprovisionTenant } from './reprovision-tenant.ts';
export { rollbackTenant } from './rollback-tenant.ts';
export { suspendTenant } from './suspend-tenant.ts';
