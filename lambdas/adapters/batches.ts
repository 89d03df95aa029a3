/**
 * Puts entries into as few batches as keep their order and the limits of number and size.
 *
 * @param countOf what an entry counts towards the limit of number
 */
export const inBatches = <Entry>(
  entries: readonly Entry[],
  limits: { readonly entries: number; readonly bytes: number },
  sizeOf: (entry: Entry) => number,
  countOf: (entry: Entry) => number = () => 1,
): Entry[][] => {
  const batches: Entry[][] = [];
  let bytes = 0;
  let count = 0;
  for (const entry of entries) {
    bytes += sizeOf(entry);
    count += countOf(entry);
    const batch = batches.at(-1);
    if (!batch || count > limits.entries || bytes > limits.bytes) {
      batches.push([entry]);
      bytes = sizeOf(entry);
      count = countOf(entry);
    } else {
      batch.push(entry);
    }
  }
  return batches;
};
