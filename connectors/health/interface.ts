export interface HealthResult {
  healthy: boolean;
  /** HTTP status, when there was an answer. */
  statusCode?: number;
  /** Why it is not healthy. */
  reason?: string;
  milliseconds: number;
}

/** Health checks of data plane services by their cluster names, through the forward proxy where one is set. */
export interface HealthChecker {
  /** Asks until healthy or `timeoutMs` is over (the mission: 30 s a service); never throws for an unhealthy service. */
  check(url: string, timeoutMs: number): Promise<HealthResult>;
}
