/** A table; columns of numbers are aligned to the right. */
export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const isNumeric = head.map((_, column) =>
    rows.every((row) => /^[-$~≤]?[\d,.]/.test(`${row[column] ?? ''}`)),
  );
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    `|${isNumeric.map((right) => (right ? '--:' : '---')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
};

/** A number with so many digits after the point, and commas between thousands. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const dollars = (value: number, digits = 0): string => `$${number(value, digits)}`;

export const percent = (share: number, digits = 0): string => `${number(100 * share, digits)} %`;

/** Seconds as minutes. */
export const minutes = (seconds: number, digits = 1): string => `${number(seconds / 60, digits)} min`;
