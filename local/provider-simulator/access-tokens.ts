import { randomUUID } from 'node:crypto';

/** The start of every token. Tests search tables, logs and messages for it to find leaked tokens. */
export const TOKEN_MARKER = 'leaktoken-';

/** The issued tokens with their times of expiry. */
export class AccessTokens {
  readonly #expiresAt = new Map<string, number>();

  issue(now: number, lifetimeInSeconds: number): string {
    const token = `${TOKEN_MARKER}${randomUUID()}`;
    this.#expiresAt.set(token, now + lifetimeInSeconds * 1000);
    return token;
  }

  isValid(token: string, now: number): boolean {
    return (this.#expiresAt.get(token) ?? 0) > now;
  }

  expireAll(): void {
    this.#expiresAt.clear();
  }
}
