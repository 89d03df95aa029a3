import { randomUUID } from 'node:crypto';

/** Every token begins with it: a test that finds it in a table, a log or a message has found a leak. */
export const TOKEN_MARKER = 'leaktoken-';

/** The tokens handed out, and until when they are good. */
export class AccessTokens {
  readonly #goodUntil = new Map<string, number>();

  issue(now: number, lifetimeInSeconds: number): string {
    const token = `${TOKEN_MARKER}${randomUUID()}`;
    this.#goodUntil.set(token, now + lifetimeInSeconds * 1000);
    return token;
  }

  isGood(token: string, now: number): boolean {
    return (this.#goodUntil.get(token) ?? 0) > now;
  }

  expireAll(): void {
    this.#goodUntil.clear();
  }
}
