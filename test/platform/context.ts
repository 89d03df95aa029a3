import type { Agenda } from './agenda.ts';

/** Whatever can go wrong in the fakes of the platform. */
export type PlatformFault =
  | 'stream record twice'
  | 'stream late'
  | 'stream batch fails'
  | 'message lost'
  | 'message late'
  | 'message received twice'
  | 'topic rejects one'
  | 'topic rejects all'
  | 'death after the topic accepts'
  | 'execution lost'
  | 'execution stopped'
  | 'execution late'
  | 'check-order throttled'
  | 'check-order answer lost';

/** Decides what goes wrong. */
export interface PlatformFaults {
  /** Whether a fault happens now. */
  strikes(fault: PlatformFault): boolean;
  /** How long something takes that a fault is about, in milliseconds. */
  milliseconds(fault: PlatformFault, from: number, to: number): number;
}

/** Nothing goes wrong, and nothing takes any time. */
export const NO_FAULTS: PlatformFaults = { strikes: () => false, milliseconds: () => 0 };

/**
 * Writes one line of what happened. The text is a function, so that a run that nobody reads does not pay for it.
 *
 * @param orderUuid the order that the line is about, if it is about one
 */
export type Log = (orderUuid: string | undefined, text: () => string) => void;

/** What every fake of a service runs with. */
export interface PlatformContext {
  readonly agenda: Agenda;
  readonly faults: PlatformFaults;
  readonly log: Log;
}
