import { createInterface } from 'node:readline';

/**
 * Asks a question on the terminal that is answered with yes or no.
 * @returns `false` also when there is no terminal, and when the user ends the input
 */
export const confirm = async (question: string): Promise<boolean> => {
  const { stdin: input, stderr: output } = process;
  if (!input.isTTY || !output.isTTY) return false;
  const terminal = createInterface({ input, output });
  const answer = await new Promise<string>((resolve) => {
    terminal.once('close', () => resolve(''));
    terminal.question(`${question} [y/N] `, resolve);
  });
  terminal.close();
  return /^\s*y(es)?\s*$/i.test(answer);
};
