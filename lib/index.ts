export type { MetricName } from '../lambdas/contracts/metrics.ts';
export type { OrderTrackerAttributes } from './imported-order-tracker.ts';
export { InvalidPropertyError } from './invalid-property-error.ts';
export { OrderTracker } from './order-tracker.ts';
export type { IOrderTracker } from './order-tracker-base.ts';
export type { OrderTrackerProps } from './order-tracker-props.ts';
export type { OrderTrackerSettings } from './order-tracker-settings.ts';
export { PRODUCTION_BASE_URL, SANDBOX_BASE_URL } from './resolve-props.ts';
