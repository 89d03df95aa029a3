import { runSteps } from './listr.ts';
import type { LocalStack, LocalStackStart } from './local-stack.ts';

/** Starts the local stack and shows its progress. */
export const startStack = async (start: LocalStackStart): Promise<LocalStack> => {
  const started: LocalStack[] = [];
  const emulator = [
    { title: 'Install the emulator (first time only)', run: () => start.installEmulator() },
    { title: 'Start the emulator', run: () => start.startEmulator() },
  ];
  await runSteps([
    {
      title: 'Prepare',
      concurrent: true,
      steps: [
        { title: 'AWS emulator', steps: emulator },
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
  if (!stack) throw new Error('The local stack did not start.');
  return stack;
};
