import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../application/ports.ts';
import { toInstant } from '../domain/time.ts';

/** The clock of the machine that the function runs on. */
export const systemClock: Clock = {
  now: () => toInstant(Date.now()),
  sleep: (milliseconds) => setTimeout(milliseconds),
};
