// Every command of this project begins here, in words that any Node understands. The project brings its Node as the
// package `node`, whose install script fetches it: without that, an old one fails on the first TypeScript file.
const OLDEST = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  console.error(
    [
      `This project needs Node.js ${OLDEST}, and this is ${process.versions.node}.`,
      `It brings its own, unless install scripts were switched off (npm ci --ignore-scripts, or "ignore-scripts" in an`,
      '.npmrc). Run its install script now, then the command again:',
      '',
      '  npm rebuild node esbuild --ignore-scripts=false',
      '',
      `Or put a Node.js ${OLDEST} on the PATH.`,
    ].join('\n'),
  );
  process.exit(1);
}
