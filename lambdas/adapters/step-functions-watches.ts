import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { watchName } from '../contracts/watch.ts';
import type { Watches } from '../domain/ports.ts';

/** The watches in Step Functions. */
export const stepFunctionsWatches = (stateMachineArn: string, client = new SFNClient({})): Watches => ({
  async start(input) {
    try {
      await client.send(
        new StartExecutionCommand({
          stateMachineArn,
          name: watchName(input),
          input: JSON.stringify(input),
        }),
      );
    } catch (error) {
      // Stream records come more than once; the name makes the second start the first one.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  },
});
