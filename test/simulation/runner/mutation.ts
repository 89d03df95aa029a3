import type { Mistake } from './mutable.ts';

/** The modules of the product whose exported functions mutations replace, by their paths from `lambdas/`. */
export interface ProductModules {
  'adapters/order-commit.ts': typeof import('../../../lambdas/adapters/order-commit.ts');
  'adapters/outbox.ts': typeof import('../../../lambdas/adapters/outbox.ts');
  'adapters/records.ts': typeof import('../../../lambdas/adapters/records.ts');
  'adapters/webhook-store.ts': typeof import('../../../lambdas/adapters/webhook-store.ts');
  'application/refresh-order.ts': typeof import('../../../lambdas/application/refresh-order.ts');
  'application/watch-order.ts': typeof import('../../../lambdas/application/watch-order.ts');
  'domain/end-of-tracking.ts': typeof import('../../../lambdas/domain/end-of-tracking.ts');
  'domain/hints.ts': typeof import('../../../lambdas/domain/hints.ts');
  'domain/item-transitions.ts': typeof import('../../../lambdas/domain/item-transitions.ts');
  'domain/listed-order.ts': typeof import('../../../lambdas/domain/listed-order.ts');
  'domain/next-check.ts': typeof import('../../../lambdas/domain/next-check.ts');
  'domain/order-change.ts': typeof import('../../../lambdas/domain/order-change.ts');
  'domain/provider-failure.ts': typeof import('../../../lambdas/domain/provider-failure.ts');
  'domain/schedule.ts': typeof import('../../../lambdas/domain/schedule.ts');
}

/** An exported function that is replaced by a mistaken one. */
export interface Replacement {
  readonly module: string;
  readonly name: string;
  readonly mistake: Mistake;
}

/**
 * Replaces an exported function wherever another module imports it.
 *
 * @param mistake makes the mistaken function of the right one
 */
export const replace = <Path extends keyof ProductModules, Name extends keyof ProductModules[Path] & string>(
  module: Path,
  name: Name,
  mistake: (original: ProductModules[Path][Name]) => ProductModules[Path][Name],
): Replacement => ({ module, name, mistake: mistake as unknown as Mistake });

/** A deliberate mistake in the product: it lacks one of the rules that it relies on. */
export interface Mutation {
  readonly name: string;
  readonly replacements: readonly Replacement[];
}

/** Names a function that can be replaced. */
export const keyOf = ({ module, name }: Pick<Replacement, 'module' | 'name'>): string => `${module} ${name}`;
