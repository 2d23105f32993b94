/**
 * For the busiest parts, which are written in Go: a quarter of the API server's time would go into collecting garbage (profiled while
 * tenants were provisioned). The heap may grow to five times what is alive, until the limit makes the collector eager again.
 */
export const PATIENT_COLLECTOR: Readonly<Record<string, string>> = { GOGC: '400', GOMEMLIMIT: '1500MiB' };
