import { beforeEach, describe, expect, test } from 'vitest';
import type { UnpublishedEvent } from '../../lambdas/application/ports.ts';
import { publishEvents } from '../../lambdas/application/publish-events.ts';
import { at, ORDER } from '../domain/fixtures.ts';

let marked: string[];
let metrics: Record<string, number[]>;
let logged: unknown[];
let pauses: number;

beforeEach(() => {
  [marked, metrics, logged, pauses] = [[], {}, [], 0];
});

const event = (sequence: number, webhookAt?: string): UnpublishedEvent => ({
  key: { pk: `ORDER#${ORDER}`, sk: `EVENT#${sequence}` },
  body: '{}',
  webhookAt,
});

/** Publishes events on a topic that accepts those that this returns. */
const publish = async (
  events: readonly UnpublishedEvent[],
  accept: (events: readonly UnpublishedEvent[]) => readonly UnpublishedEvent[] = (all) => all,
) => {
  const measure = (name: string, value = 1) => {
    metrics[name] = [...(metrics[name] ?? []), value];
  };
  const log = (...entry: unknown[]) => void logged.push(entry);
  await publishEvents(events, {
    topic: { publish: async (remaining) => accept(remaining) },
    outbox: { markPublished: async ({ sk }, time) => void marked.push(`${sk} ${time}`) },
    clock: { now: () => at(100), sleep: async () => void pauses++ },
    telemetry: { count: measure, measure, info: log, warn: log, error: log },
  });
};

describe('events', () => {
  test('that the topic accepts are marked as published', async () => {
    await publish([event(1), event(2)]);
    expect(marked).toEqual([`EVENT#1 ${at(100)}`, `EVENT#2 ${at(100)}`]);
    expect(metrics['EventRefused']).toEqual([0, 0]);
    const events = [`ORDER#${ORDER} EVENT#1`, `ORDER#${ORDER} EVENT#2`];
    expect(logged).toEqual([['Events published', { events }]]);
    expect(pauses).toBe(0);
  });

  test('E3 of which the topic rejects one: the others are published, and that one is tried again', async () => {
    const attempts: number[] = [];
    await publish([event(1), event(2), event(3)], (remaining) => {
      attempts.push(remaining.length);
      return attempts.length === 1 ? remaining.filter(({ key }) => key.sk !== 'EVENT#2') : remaining;
    });
    expect(attempts).toEqual([3, 1]);
    expect(marked.map((entry) => entry.split(' ')[0])).toEqual(['EVENT#1', 'EVENT#3', 'EVENT#2']);
    expect(pauses).toBe(1);
  });

  test('of a webhook are measured from its receipt, never below zero', async () => {
    await publish([event(1, at(70)), event(2), event(3, at(101))]);
    expect(metrics['WebhookToPublish']).toEqual([30, 0]);
  });

  test('that are none cause no call', async () => {
    await publish([], () => {
      throw new Error('The topic was called.');
    });
    expect(logged).toEqual([]);
  });
});
