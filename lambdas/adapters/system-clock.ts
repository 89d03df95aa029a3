import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../domain/ports.ts';
import { toInstant } from '../domain/time.ts';

/** The clock of the host. */
export const systemClock: Clock = {
  now: () => toInstant(Date.now()),
  sleep: (milliseconds) => setTimeout(milliseconds),
};
