import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../contract/examples.ts';
import { pack, runAsUser, temporaryFolder } from './packed.ts';

const { tarball } = await pack();

describe('a subscriber without the CDK', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await temporaryFolder('subscriber');
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
    await runAsUser(folder, 'npm', ['install', '--omit=peer', '--no-audit', '--no-fund', tarball]);
  });

  const USE = `
    const event = parseEvent(${JSON.stringify(JSON.stringify(EVENT_EXAMPLES['order_item.ok']))});
    console.log(event.subject, event.data.status, isFinal(event), schema.title);`;
  const { subject } = EVENT_EXAMPLES['order_item.ok'];

  it.for([
    [
      'consumer.mjs',
      `import { isFinal, parseEvent } from 'musement-order-tracker/events';
      import schema from 'musement-order-tracker/schemas/v1/event.json' with { type: 'json' };`,
    ],
    [
      'consumer.cjs',
      `const { isFinal, parseEvent } = require('musement-order-tracker/events');
      const schema = require('musement-order-tracker/schemas/v1/event.json');`,
    ],
  ] as const)('reads an event and a schema in %s', async ([name, imports]) => {
    await writeFile(join(folder, name), `${imports}${USE}`);
    expect((await runAsUser(folder, 'node', [name])).trim()).toBe(`${subject} OK true TrackerEvent`);
  });
});
