import type { LoadFnOutput } from 'node:module';

/** A change of the product's source. */
export interface Edit {
  /** Path from `lambdas/`. */
  readonly file: string;
  /** Must occur exactly once: an edit that no longer fits the source fails instead of passing unnoticed. */
  readonly find: string;
  readonly replace: string;
}

/** A deliberate mistake in the product, made by changing its source while it is loaded. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
}

/** Applies a mutation to a module that is being loaded, if it is one of those that it changes. */
export const mutate = ({ name, edits }: Mutation, url: string, loaded: LoadFnOutput): LoadFnOutput => {
  let mutated = loaded;
  for (const { file, find, replace } of edits.filter((edit) => url.endsWith(`/lambdas/${edit.file}`))) {
    const source = `${mutated.source}`;
    if (source.split(find).length !== 2) {
      throw new Error(`The mutation "${name}" does not fit ${file}: its text must occur there exactly once.`);
    }
    mutated = { ...mutated, source: source.replace(find, () => replace) };
  }
  return mutated;
};
