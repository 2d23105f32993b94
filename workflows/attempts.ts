/** Two tries of 30 s each: a service that just missed one gets another, a broken one is named within a minute or so. */
export const HEALTH_CHECK_ATTEMPTS = 2;

/** What is not there after an activity's own ten minutes gets two more tries, for a worker that died while waiting. */
export const WAIT_ATTEMPTS = 3;
