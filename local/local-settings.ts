import type { PartialSettings } from '../lambdas/contracts/settings.ts';

/**
 * The settings of the stack with short durations: hours become seconds. Scenarios and tests count on them:
 * the windows are longer than a busy machine with two cores needs to do what they wait for.
 */
export const SHORT_SETTINGS: PartialSettings = {
  minCheckGapInSeconds: 1,
  instantGraceInSeconds: 5,
  unpaidGraceInSeconds: 4,
  defaultConfirmationTimeInSeconds: 60,
  resolutionWindowInSeconds: 60,
  rereadGapInSeconds: 2,
  voucherChecksInSeconds: [2, 3, 5, 8, 60],
  hintChecksInSeconds: [1, 3, 6, 11, 21],
  retryBaseInSeconds: 1,
  rescueMarginInSeconds: 2,
  rescueBackoffInSeconds: 5,
  refreshDelayInSeconds: 0,
  providerTimeoutInSeconds: 3,
  webhookOverlapInSeconds: 10,
};

/** The reconciler's rhythm: the shortest that a schedule can have. */
export const SHORT_CONTEXT = { reconcileEveryInMinutes: '1' };

/** Settings as the command line of the CDK takes them. */
export const settingsContext = (settings: PartialSettings): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
