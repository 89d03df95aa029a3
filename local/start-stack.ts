import { runSteps } from './listr.ts';
import type { LocalStack, LocalStackStart } from './local-stack.ts';

/** Starts and deploys everything, showing where it is. */
export const startStack = async (start: LocalStackStart): Promise<LocalStack> => {
  const started: LocalStack[] = [];
  const emulator = [
    { title: 'Install the emulator (first time only)', run: () => start.installEmulator() },
    { title: 'Start the emulator', run: () => start.startEmulator() },
    { title: 'cdk bootstrap', run: () => start.bootstrap() },
  ];
  await runSteps([
    {
      title: 'Prepare',
      concurrent: true,
      steps: [
        { title: 'AWS on this machine', steps: emulator },
        { title: 'cdk synth', run: () => start.synthesize() },
      ],
    },
    { title: 'cdk deploy', run: () => start.deploy() },
    {
      title: 'Exchange credentials',
      run: async () => {
        started.push(await start.connect());
      },
    },
  ]);
  const [stack] = started;
  if (!stack) throw new Error('The local stack did not come up.');
  return stack;
};
