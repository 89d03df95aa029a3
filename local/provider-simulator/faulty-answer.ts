import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';

/** An error in the provider's documented shape. */
export const errorAnswer = (
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response => Response.json({ code, message }, { status, headers });

const MAINTENANCE_PAGE = '<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>';

type StatusFault = Extract<Fault, { readonly kind: 'status' }>;

/** The error that is planned. */
export const errorOf = ({ status, retryAfter }: StatusFault): Response =>
  // The codes of these errors are not documented.
  errorAnswer(
    status,
    String(status),
    'Planned by the test',
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );

/** Spoils an answer as the fault wants; `aborted` tells that nobody waits for it any more. */
export const spoil = async (
  answer: Response,
  fault: Exclude<Fault, StatusFault>,
  aborted: AbortSignal,
): Promise<Response> => {
  switch (fault.kind) {
    case 'slow':
      await sleep(fault.seconds * 1000, undefined, { signal: aborted }).catch(() => undefined);
      return answer;
    case 'truncated': {
      const body = await answer.text();
      return new Response(body.slice(0, Math.ceil(body.length / 2)), answer);
    }
    case 'html':
      return new Response(MAINTENANCE_PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } });
    case 'stale':
      return answer;
  }
};
