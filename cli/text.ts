import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Instant } from '../lambdas/domain/time.ts';
import { CommandError, EXIT } from './outcome.ts';

/** Rows under headings, in columns as wide as they need; columns without any content are left out. */
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

/** Such as `3 h ago` or `in 12 min`. */
export const relative = (at: Instant | undefined, now: number): string | undefined => {
  if (at === undefined) return undefined;
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  if (seconds === 0) return 'now';
  const amount = `${Math.round(Math.abs(seconds) / size)} ${unit}`;
  return seconds < 0 ? `${amount} ago` : `in ${amount}`;
};

/** `2026-11-24 10:00:00Z`, and how far from now. */
export const moment = (at: Instant | undefined, now: number): string | undefined =>
  at && `${at.slice(0, 19).replace('T', ' ')}Z (${relative(at, now)})`;

/** As much of a text as fits into a line beside others. */
export const shortened = (text: string, longest = 100): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** `once`, `3 times`. */
export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/**
 * Reads a file that somebody named; `-` is the standard input.
 * @throws {CommandError} when there is none, or it cannot be read
 */
export const readInput = async (file: string): Promise<string> => {
  if (file === '-') return await text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'it is not there', EISDIR: 'it is a folder', EACCES: 'you may not read it' }[
      `${code}`
    ];
    throw new CommandError(`The file ${file} cannot be read: ${why ?? message}.`, EXIT.wrongUsage);
  }
};

/**
 * Reads a UUID as somebody types or pastes it.
 * @throws {CommandError}
 */
export const parseUuid = (text: string, what: string, where = ''): string => {
  const uuid = text.trim().toLowerCase();
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return uuid;
  throw new CommandError(
    `${where}"${text}" is not the UUID of ${what}; it looks like 8e9e5c6e-ea7d-4934-8753-f00954f30d00.`,
    EXIT.wrongUsage,
  );
};
