import type { Telemetry } from '../../lambdas/application/ports.ts';

/** Drops logs and metrics. */
export const SILENT_TELEMETRY: Telemetry = { count() {}, measure() {}, info() {}, warn() {}, error() {} };
