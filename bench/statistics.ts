/** Mean of some numbers; 0 of none. */
export const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** The number that this share of the numbers does not exceed, such as 0.99. @throws {Error} when there are none */
export const quantile = (numbers: readonly number[], share: number): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const found = sorted[Math.min(Math.max(Math.ceil(share * sorted.length) - 1, 0), sorted.length - 1)];
  if (found === undefined) throw new Error('No numbers to take a quantile of.');
  return found;
};

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);
