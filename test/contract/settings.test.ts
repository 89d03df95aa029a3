import { describe, expect, it } from 'vitest';
import { documentedProperties, fillInSettings } from '../../contract/settings.ts';

describe('documentedProperties', () => {
  it('reads comments of one and of several lines, marks and defaults', () => {
    const source = `
export interface Props {
  /** Name of a {@link Thing}. */
  readonly name: string;

  /**
   * How long it waits:
   * at most a day.
   * @default Duration.minutes(1) - as others do
   */
  readonly wait?: Duration;

  readonly bare?: string;
}`;
    expect(documentedProperties(source)).toEqual([
      { name: 'name', isOptional: false, meaning: 'Name of a `Thing`.', byDefault: undefined },
      {
        name: 'wait',
        isOptional: true,
        meaning: 'How long it waits: at most a day.',
        byDefault: 'Duration.minutes(1) - as others do',
      },
      { name: 'bare', isOptional: true, meaning: '', byDefault: undefined },
    ]);
  });
});

describe('fillInSettings', () => {
  const filled = fillInSettings('<!-- settings: settings -->\n<!-- /settings -->');

  it('shows durations in words, and the unit in the context key', () => {
    expect(filled).toContain('| `minCheckGap` | `minCheckGapInSeconds` | 1 minute | Smallest gap');
  });

  it('names the sections if a page asks for another', () => {
    expect(() => fillInSettings('<!-- settings: nothing -->\n<!-- /settings -->')).toThrow(
      'There is no section "nothing"; there are: app, properties, settings',
    );
  });
});
