const WIDTH = 30;

/**
 * A progress bar on the error output. Nothing is written when that is no terminal, or when there is one step only.
 * @param total number of steps; may be an estimate that is too low
 */
export const progressBar = (
  total: number,
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
) => ({
  show(done: number): void {
    if (!stream.isTTY || total === 1) return;
    const filled = done >= total ? WIDTH : Math.round((WIDTH * done) / total);
    stream.write(`\r${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done} of ${total}`);
  },
  end(): void {
    if (stream.isTTY && total !== 1) stream.write('\n');
  },
});
