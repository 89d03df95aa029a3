import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import type { Deployment } from '../../cli/deployment.ts';
import type { OrdersClient } from '../../clients/orders-client.ts';
import { orderStore } from '../../lambdas/adapters/order-store.ts';
import { orderTimelines } from '../../lambdas/adapters/order-timeline.ts';
import { refreshOrder } from '../../lambdas/application/refresh-order.ts';
import { untrackOrder } from '../../lambdas/application/untrack-order.ts';
import { ENV } from '../../lambdas/contracts/environment.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { SETTINGS } from '../domain/fixtures.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { SILENT_TELEMETRY } from '../platform/silent-telemetry.ts';
import { PARAMETER } from './tracker-parameter.ts';

const now = () => toInstant(Date.now());

/** What ingest-webhook does when it is invoked. */
type Ingest = (event: unknown) => Promise<unknown>;

/** A deployment over the table in memory, as far as the commands under test use it. */
export class FakeDeployment {
  readonly table = new InMemoryTable();
  tracker = PARAMETER;
  /** What Musement answers. */
  answer: ProviderAnswer = { kind: 'unknown' };
  /** Whether a track request is followed by a check. */
  isChecking = true;
  /** Addresses that ingest-webhook accepts webhooks from. */
  sourceAddresses: readonly string[] = [];
  ingest: Ingest = async () => {
    throw new Error('ingest-webhook is not part of this test.');
  };
  readonly tracked: string[] = [];

  /** As the commands take it. */
  get asDeployment(): Deployment {
    return this as unknown as Deployment;
  }

  readonly aws = { lambda: { send: (command: unknown) => this.#send(command) } };

  secret() {
    const value = { username: 'musement', password: 'secret' };
    return { read: async () => ({ value, createdAt: new Date(0) }) };
  }

  executionLink(name: string): string {
    return name;
  }

  async orders(): Promise<Pick<OrdersClient, 'track' | 'untrack'>> {
    return {
      track: async (orderUuid, request = {}) => {
        this.tracked.push(orderUuid);
        const requestedAt = await orderTimelines(this.table, SETTINGS).track(orderUuid, request, now());
        if (this.isChecking) await this.check(orderUuid);
        return Response.json({ orderUuid, requestedAt }, { status: 202 });
      },
      untrack: async (orderUuid) => {
        const isKnown = await untrackOrder(orderUuid, undefined, {
          store: orderStore(this.table, SETTINGS),
          clock: { now },
          telemetry: SILENT_TELEMETRY,
          settings: SETTINGS,
          eventSource: 'urn:musement-order-tracker:test',
        });
        return new Response(null, { status: isKnown ? 204 : 404 });
      },
    };
  }

  /** Checks an order if it is due. */
  async check(orderUuid: string): Promise<void> {
    await refreshOrder(
      { orderUuid },
      {
        store: orderStore(this.table, SETTINGS),
        provider: { getOrder: async () => this.answer },
        clock: { now, sleep: async () => {} },
        random: () => 0,
        telemetry: SILENT_TELEMETRY,
        settings: SETTINGS,
        eventSource: 'test',
      },
    );
  }

  async #send(command: unknown): Promise<unknown> {
    if (command instanceof GetFunctionConfigurationCommand) {
      const settings = JSON.stringify({ webhookSourceAddresses: this.sourceAddresses });
      return { Environment: { Variables: { [ENV.settings]: settings } } };
    }
    if (command instanceof InvokeCommand) {
      const answer = await this.ingest(JSON.parse(String(command.input.Payload)));
      return { Payload: Buffer.from(JSON.stringify(answer)) };
    }
    throw new Error('This command is not part of the test.');
  }
}
