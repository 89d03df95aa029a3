const WIDTH = 30;

/**
 * A bar on the error output, which people see and pipes do not; without a terminal there is none.
 * @param total may be an estimate, which the end may exceed
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
