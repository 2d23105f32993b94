/** Every workflow type the worker serves. */
export { provisionTenant } from './provision-tenant.ts';
export { reprovisionTenant } from './reprovision-tenant.ts';
export { rollbackTenant } from './rollback-tenant.ts';
