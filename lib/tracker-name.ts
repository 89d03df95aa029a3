import { createHash } from 'node:crypto';
import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { InvalidPropertyError } from './invalid-property-error.ts';

const MAX_LENGTH = 64;

/** Valid in every name that contains it: of alarms, of the parameter, of the metrics' namespace and of the event source. */
const TRACKER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;

const HASH_LENGTH = 8;

/**
 * The name of a tracker: the given one, or a unique one, made of the stack's name, the construct's path in it and a hash of
 * both. The hash is needed because long names are cut and special characters are left out.
 * @throws {InvalidPropertyError} when the given name cannot be used
 */
export const trackerNameOf = (tracker: IConstruct, given?: string): string => {
  if (given === undefined) return nameFromPath(tracker);
  if (Token.isUnresolved(given) || TRACKER_NAME.test(given)) return given;
  throw new InvalidPropertyError(
    'trackerName',
    given,
    `use at most ${MAX_LENGTH} letters, digits and hyphens, beginning with a letter.`,
  );
};

const nameFromPath = (tracker: IConstruct): string => {
  const { scopes } = tracker.node;
  // The outermost stack is not nested, so its name is unique in an account and region.
  const stack = scopes.findIndex(Stack.isStack);
  const parts = scopes
    .slice(stack)
    .map((scope, index) => (index === 0 ? Stack.of(scope).stackName : scope.node.id));
  const readable = parts.join('-').replaceAll(/[^A-Za-z0-9-]/g, '');
  const hash = createHash('sha256').update(parts.join('/')).digest('hex').slice(0, HASH_LENGTH);
  return `${readable.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}-${hash}`;
};
