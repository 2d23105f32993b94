/** Every workflow type the worker serves. */
export { provisionTenant } from './provision-tenant.ts';
