// Any function of the product. Its types are checked where a mutation is made.
type AnyFunction = (...args: never[]) => unknown;

/** Makes a mistaken function of the right one. */
export type Mistake = (original: AnyFunction) => AnyFunction;

let active: ReadonlyMap<string, Mistake> = new Map();

/** Replaces these functions until the next call, and no others. */
export const activate = (mistakes: ReadonlyMap<string, Mistake>): void => {
  active = mistakes;
};

/** The function that a worker exports in place of one that some mutation replaces. */
export const mutable = (key: string, original: AnyFunction): AnyFunction => {
  let made: { readonly by: Mistake; readonly mistaken: AnyFunction } | undefined;
  return (...args) => {
    const mistake = active.get(key);
    if (!mistake) return original(...args);
    if (made?.by !== mistake) made = { by: mistake, mistaken: mistake(original) };
    return made.mistaken(...args);
  };
};
