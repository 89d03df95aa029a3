import type { PartialSettings } from '../lambdas/contracts/settings.ts';

/**
 * The stack's settings with hours shortened to seconds, for `npm start` and for the end-to-end tests. Step Functions
 * waits until a whole second, so a planned check can come up to a second late. No setting relies on less.
 */
export const SHORT_SETTINGS: PartialSettings = {
  minCheckGapInSeconds: 1,
  instantGraceInSeconds: 5,
  unpaidGraceInSeconds: 4,
  defaultConfirmationTimeInSeconds: 60,
  resolutionWindowInSeconds: 300,
  rereadGapInSeconds: 2,
  voucherChecksInSeconds: [2, 4, 8, 15, 30, 60, 120],
  hintChecksInSeconds: [1, 3, 6, 11, 21],
  retryBaseInSeconds: 1,
  rescueMarginInSeconds: 2,
  rescueBackoffInSeconds: 5,
  refreshDelayInSeconds: 0,
  providerTimeoutInSeconds: 3,
  webhookOverlapInSeconds: 10,
};

/**
 * What `npm start` changes of {@link SHORT_SETTINGS}. Tests provoke timeouts and rescues, and need them soon. In a scenario
 * none should happen, not even on a busy machine, because the table would then show another `foundBy`.
 */
export const PATIENT_SETTINGS: PartialSettings = {
  rescueMarginInSeconds: 60,
  providerTimeoutInSeconds: 10,
};

/** The reconciler's interval: the shortest that a schedule can have. */
export const SHORT_CONTEXT = { reconcileEveryInMinutes: '1' };

/** Settings as context of the CDK app. */
export const settingsContext = (settings: PartialSettings): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
