import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Imports a module in a process of its own, and prints how many milliseconds that took. */
const TIMED_IMPORT = `
const began = performance.now();
await import(process.argv[1]);
console.log(performance.now() - began);`;

/** The variables that a handler needs when it is loaded. Nothing is called. */
const HANDLER_ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  TABLE_NAME: 'table',
  WEBHOOK_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:webhook',
  TRACKER_SETTINGS: '{}',
  POWERTOOLS_SERVICE_NAME: 'ingest-webhook',
  POWERTOOLS_METRICS_NAMESPACE: 'MusementOrderTracker/bench',
};

/** Milliseconds in which a module is imported by a new process. */
export const timeImport = async (
  file: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> => {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '--eval', TIMED_IMPORT, pathToFileURL(file).href],
    { env: { ...HANDLER_ENVIRONMENT, ...environment } },
  );
  return Number(stdout);
};
