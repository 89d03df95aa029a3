import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Agenda } from '../../platform/agenda.ts';
import { trackEvent, untrackEvent } from '../../platform/functions.ts';
import { MINUTE, type OrderScript } from './order-script.ts';

/** How often the partner repeats a request that is not answered, once a minute. */
const MAX_ATTEMPTS = 50;

export interface PartnerOptions {
  readonly orders: readonly OrderScript[];
  readonly agenda: Agenda;
  /** @returns `undefined` when there was no answer */
  readonly request: (event: unknown) => Promise<APIGatewayProxyStructuredResultV2 | undefined>;
  readonly accepted: (orderUuid: string, sentAt: number) => void;
  readonly stopping: (orderUuid: string) => void;
  readonly stopped: (orderUuid: string, sentAt: number) => void;
}

/** The partner's own systems, which start and stop tracking. */
export class Partner {
  readonly #options: PartnerOptions;

  constructor(options: PartnerOptions) {
    this.#options = options;
  }

  /** Plans every request. */
  schedule(): void {
    const { orders, agenda } = this.#options;
    for (const order of orders) {
      for (const { at, paidAt } of order.tracks) agenda.at(at, () => void this.#track(order, paidAt));
      for (const at of order.untracks ?? []) agenda.at(at, () => void this.#untrack(order));
    }
  }

  async #track({ orderUuid, identifier }: OrderScript, paidAt: number | undefined): Promise<void> {
    const event = trackEvent(orderUuid, {
      reference: identifier,
      ...(paidAt && { paidAt: new Date(paidAt).toISOString() }),
    });
    const sentAt = await this.#untilAnswered(event, 202);
    if (sentAt !== undefined) this.#options.accepted(orderUuid, sentAt);
  }

  async #untrack({ orderUuid }: OrderScript): Promise<void> {
    this.#options.stopping(orderUuid);
    const sentAt = await this.#untilAnswered(untrackEvent(orderUuid), 204, 404);
    if (sentAt !== undefined) this.#options.stopped(orderUuid, sentAt);
  }

  /** @returns when the request was sent that was answered */
  async #untilAnswered(event: unknown, ...statusCodes: readonly number[]): Promise<number | undefined> {
    const { agenda, request } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const sentAt = agenda.now;
      const { statusCode = 0 } = (await request(event)) ?? {};
      if (statusCodes.includes(statusCode)) return sentAt;
      await agenda.after(MINUTE);
    }
    return undefined;
  }
}
