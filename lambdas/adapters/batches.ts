/** Puts entries into as few batches as keep their order and the limits of number and size. */
export const inBatches = <Entry>(
  entries: readonly Entry[],
  limits: { readonly entries: number; readonly bytes: number },
  sizeOf: (entry: Entry) => number,
): Entry[][] => {
  const batches: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    const batch = batches.at(-1);
    if (!batch || batch.length >= limits.entries || bytes + size > limits.bytes) {
      batches.push([entry]);
      bytes = size;
    } else {
      batch.push(entry);
      bytes += size;
    }
  }
  return batches;
};
