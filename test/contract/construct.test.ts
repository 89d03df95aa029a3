import { describe, expect, it } from 'vitest';
import { documentedMethods, fillInConstruct } from '../../contract/construct.ts';

describe('documentedMethods', () => {
  it('reads comments of one and of several lines, and what is thrown', () => {
    const source = `
  /** A metric. */
  metric(name: string): Metric;

  /**
   * Subscribes a {@link Queue}.
   * @throws {WrongError} for a wrong one
   */
  subscribe(id: string): void;`;
    expect(documentedMethods(source)).toEqual([
      ['metric', 'A metric.'],
      ['subscribe', 'Subscribes a `Queue`. Throws `WrongError` for a wrong one'],
    ]);
  });
});

describe('fillInConstruct', () => {
  const filled = (name: string): string =>
    fillInConstruct(`<!-- construct: ${name} -->\n<!-- /construct -->`);

  it('says which members an imported tracker has', () => {
    expect(filled('members')).toContain('| `topic` | yes | ');
    expect(filled('members')).toContain('| `table` | no | ');
  });

  it('lists the methods of every tracker', () => {
    expect(filled('methods')).toContain('| `grantTrack()` | ');
  });

  it('lists the properties of a subscription, and not its members', () => {
    expect(filled('subscription')).toContain('| `alarmTopic` | ');
    expect(filled('subscription')).not.toContain('| `subscription` | ');
  });
});
