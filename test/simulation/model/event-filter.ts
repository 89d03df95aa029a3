/** A pattern as event source mappings have it: lists of what a leaf may be, nested as the record is. */
export type EventPattern = { readonly [field: string]: EventPattern | readonly Matcher[] };

type Matcher = string | { readonly prefix: string } | { readonly exists: boolean };

/** Whether a value matches. */
export type Matches = (value: unknown) => boolean;

/** Reads a pattern once for many records: the few matchers that the stack uses; any other is refused. */
export const compile = (pattern: EventPattern): Matches => {
  const fields = Object.entries(pattern).map(([field, expected]) => ({
    field,
    matches: isLeaf(expected) ? anyOf(expected.map(compileMatcher)) : compile(expected),
  }));
  return (value) => {
    for (const { field, matches } of fields) {
      if (!matches((value as Record<string, unknown> | undefined)?.[field])) return false;
    }
    return true;
  };
};

/** Matches what any of several do. */
export const anyOf =
  (alternatives: readonly Matches[]): Matches =>
  (value) => {
    for (const matches of alternatives) if (matches(value)) return true;
    return false;
  };

const isLeaf = (expected: EventPattern | readonly Matcher[]): expected is readonly Matcher[] =>
  Array.isArray(expected);

const compileMatcher = (matcher: Matcher): Matches => {
  if (typeof matcher === 'string') return (actual) => actual === matcher;
  if ('prefix' in matcher) {
    return (actual) => typeof actual === 'string' && actual.startsWith(matcher.prefix);
  }
  if ('exists' in matcher) return (actual) => (actual !== undefined) === matcher.exists;
  throw new Error(`The simulation does not know the matcher ${JSON.stringify(matcher)}.`);
};
