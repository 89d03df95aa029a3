import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Watches } from '../application/ports.ts';
import { watchName } from '../contracts/watch.ts';

/** The executions of {@link Watches} in Step Functions. */
export const stepFunctionsWatches = (stateMachineArn: string, client = new SFNClient({})): Watches => ({
  async start(state) {
    try {
      await client.send(
        new StartExecutionCommand({
          stateMachineArn,
          name: watchName(state),
          input: JSON.stringify(state),
        }),
      );
    } catch (error) {
      // A stream record can be delivered twice. The second start finds an execution of this name and changes nothing.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  },
});
