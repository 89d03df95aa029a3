/** A copy of an object without some of its fields. */
export const omit = <T extends object, Key extends keyof T>(
  object: T,
  ...keys: readonly Key[]
): Omit<T, Key> => {
  const copy = { ...object };
  for (const key of keys) delete copy[key];
  return copy;
};
