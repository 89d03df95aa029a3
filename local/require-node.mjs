// Runs before every command of this project, in syntax that old versions of Node support. The project installs its own
// Node as the package `node`, whose install script downloads it. Without it an old Node fails on the first TypeScript file.
const MIN_VERSION = 24;

if (Number(process.versions.node.split('.')[0]) < MIN_VERSION) {
  console.error(
    [
      `This project needs Node.js ${MIN_VERSION}, and this is ${process.versions.node}.`,
      `The project installs its own Node.js, unless install scripts are disabled (npm ci --ignore-scripts, or`,
      '"ignore-scripts" in an .npmrc). Run the install script, then repeat the command:',
      '',
      '  npm rebuild node esbuild --ignore-scripts=false',
      '',
      `Or put Node.js ${MIN_VERSION} on the PATH.`,
    ].join('\n'),
  );
  process.exit(1);
}
