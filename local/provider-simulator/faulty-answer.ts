import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';

/** An error answer in the documented format. */
export const errorAnswer = (
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response => Response.json({ code, message }, { status, headers });

const MAINTENANCE_PAGE = '<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>';

type StatusFault = Extract<Fault, { readonly kind: 'status' }>;
type ResetFault = Extract<Fault, { readonly kind: 'reset' }>;

/** The error answer of a planned fault. */
export const errorOf = ({ status, retryAfter }: StatusFault): Response =>
  // The error codes of these answers are not documented.
  errorAnswer(
    status,
    String(status),
    'Planned fault',
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );

/** Applies a fault to an answer. The signal aborts when the caller has closed the connection. */
export const applyFault = async (
  answer: Response,
  fault: Exclude<Fault, StatusFault | ResetFault>,
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
