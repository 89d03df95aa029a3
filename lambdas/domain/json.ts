/** A webhook or a track request is one level deep; a few more leave room for additional fields. */
const MAX_JSON_DEPTH = 32;

/** What is wrong with a body that {@link parseJson} rejects. */
export const INVALID_JSON = `must be JSON with at most ${MAX_JSON_DEPTH} levels`;

/**
 * Parses JSON. The parser's own message is dropped, because it quotes the text.
 *
 * @returns `undefined` for text that is not JSON, or so deep that following it could exhaust the stack
 */
export const parseJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeperThan(MAX_JSON_DEPTH, value) ? undefined : value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const isDeeperThan = (depth: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth === 0 || Object.values(value).some((entry) => isDeeperThan(depth - 1, entry)));
