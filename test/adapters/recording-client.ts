/** A client of an AWS service that answers each command so, and remembers what it was sent. */
export const recordingClient = <Client>(answer: (input: never) => unknown = () => ({})) => {
  const sent: Record<string, unknown>[] = [];
  const client = {
    send: async ({ input }: { input: Record<string, unknown> }) => {
      sent.push(input);
      return answer(input as never);
    },
  };
  return { client: client as Client, sent };
};
