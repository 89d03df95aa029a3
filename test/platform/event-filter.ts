/** A pattern of an event source mapping: lists of what a leaf may be, nested as the record is. */
export type EventPattern = { readonly [field: string]: EventPattern | readonly Matcher[] };

type Matcher = string | { readonly prefix: string } | { readonly exists: boolean };

/** Whether a value matches. */
export type Matches = (value: unknown) => boolean;

/** Compiles a pattern once for many records. It knows the matchers that the stack uses, and rejects any other. */
export const compile = (pattern: EventPattern): Matches => {
  const fields = Object.entries(pattern).map(([field, expected]) => ({
    field,
    matches: isLeaf(expected) ? matchesAny(expected.map(compileMatcher)) : compile(expected),
  }));
  return (value) => {
    for (const { field, matches } of fields) {
      if (!matches((value as Record<string, unknown> | undefined)?.[field])) return false;
    }
    return true;
  };
};

/** Matches what any of several matchers match. */
export const matchesAny =
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
  throw new Error(`The event filter does not know the matcher ${JSON.stringify(matcher)}; add it here.`);
};
