/** A client of an AWS service that answers each command so, and remembers what it was sent. */
export const recordingClient = <Client, Input = Record<string, unknown>>(
  answer: (input: Input) => unknown = () => ({}),
) => {
  const sent: Input[] = [];
  const client = {
    send: async ({ input }: { input: Input }) => {
      sent.push(input);
      return answer(input);
    },
  };
  return { client: client as Client, sent };
};
