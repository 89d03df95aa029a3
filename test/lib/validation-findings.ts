import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { vi } from 'vitest';

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly description: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/**
 * Synthesizes an app, and returns what CDK's validation of templates finds: against the schemas of CloudFormation and its
 * rules, and those of further plugins. A deployment goes on after a warning, here every finding counts.
 */
export const validationFindings = (app: App): string[] => {
  // CDK prints the report too.
  const print = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    app.synth();
  } catch (error) {
    // It throws if one of the findings is an error. The report has all of them.
    if ((error as Error).name !== 'ValidationFailed') throw error;
  } finally {
    print.mockRestore();
  }
  const report: Report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'));
  return report.pluginReports.flatMap(({ violations }) =>
    violations.map(
      ({ description, violatingConstructs }) =>
        `${violatingConstructs.map(({ constructPath }) => constructPath).join(', ')}: ${description}`,
    ),
  );
};
