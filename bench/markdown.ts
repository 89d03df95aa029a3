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

/** A number with this many digits after the point, and commas between thousands. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const dollars = (value: number, digits = 0): string => `$${number(value, digits)}`;

export const percent = (share: number, digits = 0): string => `${number(100 * share, digits)} %`;

/** Seconds as minutes. */
export const minutes = (seconds: number, digits = 1): string => `${number(seconds / 60, digits)} min`;

const MAX_LINE_LENGTH = 120;

/** A page with wrapped paragraphs and list entries, and a newline at its end. Tables, headings and images keep their lines. */
export const wrapped = (markdown: string): string =>
  `${markdown
    .trimEnd()
    .split('\n\n')
    .map((block) =>
      /^[|#!\n]/.test(block)
        ? block
        : block
            .split(/\n(?=- )/)
            .map(wrappedParagraph)
            .join('\n'),
    )
    .join('\n\n')}\n`;

const wrappedParagraph = (paragraph: string): string => {
  const indent = paragraph.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  for (const word of paragraph.trim().split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && `${line} ${word}`.length <= MAX_LINE_LENGTH)
      lines.splice(-1, 1, `${line} ${word}`);
    else lines.push(lines.length === 0 ? word : `${indent}${word}`);
  }
  return lines.join('\n');
};
