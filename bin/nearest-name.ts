/** A name may have one wrong, missing, additional or swapped letter for each four letters. With more it is another word. */
const LETTERS_PER_MISTAKE = 4;

/** Smallest number of letters of an abbreviated word. */
const MIN_ABBREVIATION = 3;

/**
 * Finds the name that a misspelled text stands for. The text may have few mistakes (`enviroment`), another unit or none
 * (`minCheckGap`), or be an abbreviation (`env`, `providerUrl`).
 *
 * @returns the nearest of the names, or `undefined` if no name is similar
 */
export const nearestName = (text: string, names: readonly string[]): string | undefined => {
  const [nearest] = names
    .map((name) => ({ name, mistakes: mistakesIn(text, name) }))
    .filter(({ mistakes }) => Number.isFinite(mistakes))
    .toSorted((one, other) => one.mistakes - other.mistakes);
  return nearest?.name;
};

/** How many letters of a text differ from a name; infinite if it is another word. */
const mistakesIn = (text: string, name: string): number => {
  const pairs = [
    [normalized(text), normalized(name)],
    [stem(text), stem(name)],
  ] as const;
  const distances = pairs.map(([given, known]) => {
    const distance = editDistance(given, known);
    return distance <= known.length / LETTERS_PER_MISTAKE ? distance : Number.POSITIVE_INFINITY;
  });
  const missing = isAbbreviation(wordsOf(text), wordsOf(name))
    ? name.length - text.length
    : Number.POSITIVE_INFINITY;
  return Math.min(...distances, missing);
};

/** A name without regard to case and hyphens. */
const normalized = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase();

/** A name without its unit. */
const stem = (name: string): string =>
  normalized(name).replace(/(in|per)?(second|minute|hour|day|week|month)s?$/, '');

const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase()
    .split(/[-_]/);

/**
 * Whether words abbreviate a name: they are words of the name, in its order, beginning with its first, each in full or
 * cut to at most half. A single word abbreviates only a name of one word: `customer` does not mean `customerManagedKey`.
 */
const isAbbreviation = (words: readonly string[], name: readonly string[]): boolean => {
  if (words.length === 1 && name.length > 1) return false;
  let position = 0;
  for (const word of words) {
    const found = name.findIndex((full, index) => index >= position && abbreviates(word, full));
    if (found < position || (position === 0 && found > 0)) return false;
    position = found + 1;
  }
  return true;
};

const abbreviates = (word: string, full: string): boolean =>
  word === full ||
  (full.startsWith(word) && word.length >= MIN_ABBREVIATION && word.length <= full.length / 2);

/** How many letters must be replaced, removed, added, or swapped with the next one, to turn one text into another. */
const editDistance = (one: string, other: string): number => {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(one.length, other.length);
};
