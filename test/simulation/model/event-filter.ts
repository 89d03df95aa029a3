/** A pattern as event source mappings have it: lists of what a leaf may be, nested as the record is. */
export type EventPattern = { readonly [field: string]: EventPattern | readonly Matcher[] };

type Matcher = string | { readonly prefix: string } | { readonly exists: boolean };

/** Whether a record matches a pattern: the few matchers that the stack uses; any other is refused. */
export const matches = (pattern: EventPattern, value: unknown): boolean =>
  Object.entries(pattern).every(([field, expected]) => {
    const actual = (value as Record<string, unknown> | undefined)?.[field];
    return isLeaf(expected)
      ? expected.some((matcher) => leafMatches(matcher, actual))
      : matches(expected, actual);
  });

const isLeaf = (expected: EventPattern | readonly Matcher[]): expected is readonly Matcher[] =>
  Array.isArray(expected);

const leafMatches = (matcher: Matcher, actual: unknown): boolean => {
  if (typeof matcher === 'string') return actual === matcher;
  if ('prefix' in matcher) return typeof actual === 'string' && actual.startsWith(matcher.prefix);
  if ('exists' in matcher) return (actual !== undefined) === matcher.exists;
  throw new Error(`The simulation does not know the matcher ${JSON.stringify(matcher)}.`);
};
