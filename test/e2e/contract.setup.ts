import { EventQueue } from '../../local/event-queue.ts';
import { checkingFetch, checkMessage } from './contract-checks.ts';

// Every message that a test receives from the topic and every answer of the API are compared with the documents, so that no
// test can forget it. The files of a group share their globals and modules, so this is done once.
const DONE = Symbol.for('order-tracker.contract-checks');
const shared = globalThis as { [DONE]?: boolean };

if (!shared[DONE]) {
  shared[DONE] = true;
  globalThis.fetch = checkingFetch(globalThis.fetch);
  const { receive } = EventQueue.prototype;
  EventQueue.prototype.receive = async function* (signal) {
    for await (const received of receive.call(this, signal)) {
      checkMessage(received);
      yield received;
    }
  };
}
