import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Instant } from '../lambdas/domain/time.ts';
import { CommandError, EXIT } from './outcome.ts';

/** Rows under headings, in columns as wide as their content. Columns without content are left out. */
export const columns = (
  headings: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
): string[] => {
  const used = headings.map((_, index) => index).filter((index) => rows.some((row) => row[index]));
  const table = [headings, ...rows].map((row) => used.map((index) => row[index] ?? ''));
  const widths = used.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** A time relative to now, such as `3 h ago` or `in 12 min`. */
export const relative = (at: Instant | undefined, now: number): string | undefined => {
  if (at === undefined) return undefined;
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  if (seconds === 0) return 'now';
  const amount = `${Math.round(Math.abs(seconds) / size)} ${unit}`;
  return seconds < 0 ? `${amount} ago` : `in ${amount}`;
};

/** A time in whole seconds, such as `2026-11-24 10:00:00Z`. */
export const moment = (at: Instant): string => `${at.slice(0, 19).replace('T', ' ')}Z`;

/** A time and its distance from now, such as `2026-11-24 10:00:00Z (3 h ago)`. */
export const momentAndDistance = (at: Instant | undefined, now: number): string | undefined =>
  at && `${moment(at)} (${relative(at, now)})`;

/** The beginning of a text that is too long for its line. */
export const shortened = (text: string, maxLength = 100): string =>
  text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;

/** A count with its noun, such as `1 message` or `3 messages`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `once`, or `3 times`. */
export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/**
 * Reads a file that the user named; `-` is the standard input.
 * @throws {CommandError} when the file cannot be read
 */
export const readInput = async (file: string): Promise<string> => {
  if (file === '-') return await text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const cause = { ENOENT: 'it does not exist', EISDIR: 'it is a folder', EACCES: 'permission denied' }[
      `${code}`
    ];
    throw new CommandError(`Cannot read the file ${file}: ${cause ?? message}.`, EXIT.wrongUsage);
  }
};

/**
 * Reads a UUID as the user typed or pasted it.
 * @param owner what the UUID should belong to, such as `an order`
 * @param place where the text is, such as `Line 3 of orders.txt: `
 * @throws {CommandError} when the text is not a UUID
 */
export const parseUuid = (text: string, owner: string, place = ''): string => {
  const uuid = text.trim().toLowerCase();
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return uuid;
  throw new CommandError(
    `${place}"${text}" is not the UUID of ${owner}. A UUID looks like 8e9e5c6e-ea7d-4934-8753-f00954f30d00.`,
    EXIT.wrongUsage,
  );
};
