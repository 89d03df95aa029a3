import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  paginateListExecutions,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { inject } from 'vitest';
import { type WatchResult, type WatchState, watchName } from '../../lambdas/contracts/watch.ts';
import { clientConfiguration } from '../../local/local-aws.ts';

/** An execution of watch-order. */
export interface Execution {
  readonly name: string;
  readonly status: string;
  readonly input: WatchState;
  /** Present when the execution has succeeded. */
  readonly output?: WatchResult;
}

const client = () => new SFNClient(clientConfiguration(inject('localStack').endpoint));

/** All executions of watch-order. */
export const allExecutions = async (): Promise<readonly ExecutionListItem[]> => {
  const { StateMachineArn: stateMachineArn } = inject('localStack').outputs;
  const found: ExecutionListItem[] = [];
  for await (const { executions = [] } of paginateListExecutions({ client: client() }, { stateMachineArn })) {
    found.push(...executions);
  }
  return found;
};

const itemsOf = async (orderUuid: string): Promise<readonly ExecutionListItem[]> =>
  (await allExecutions()).filter(({ name }) => name?.includes(orderUuid));

/** The executions of one order, the oldest first. */
export const executionsOf = async (orderUuid: string): Promise<readonly Execution[]> => {
  const described = (await itemsOf(orderUuid)).map(async ({ executionArn }): Promise<Execution> => {
    const { name, status, input, output } = await client().send(
      new DescribeExecutionCommand({ executionArn }),
    );
    return {
      name: `${name}`,
      status: `${status}`,
      input: JSON.parse(input ?? '{}'),
      ...(output && { output: JSON.parse(output) }),
    };
  });
  return (await Promise.all(described)).toSorted((a, b) => a.input.generation - b.input.generation);
};

/** The states that the checks of an execution have returned so far, as the console shows them. */
export const statesOf = async (orderUuid: string, generation: number): Promise<readonly WatchResult[]> => {
  const { StateMachineArn } = inject('localStack').outputs;
  const name = watchName({ orderUuid, generation });
  const executionArn = `${StateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const { events = [] } = await client().send(
    new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
  );
  return events.flatMap(({ stateExitedEventDetails: exited }) =>
    exited?.name === 'Check order' ? [JSON.parse(exited.output ?? '') as WatchResult] : [],
  );
};

/** Stops the running executions of an order, as somebody may do in the console. */
export const stopExecutionsOf = async (orderUuid: string): Promise<void> => {
  for (const { executionArn, status } of await itemsOf(orderUuid)) {
    if (status === 'RUNNING') await client().send(new StopExecutionCommand({ executionArn }));
  }
};
