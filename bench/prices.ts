/**
 * Public prices in dollars, region us-east-1, on demand, without free tiers, checked in November 2026. A change of a
 * price belongs here and nowhere else.
 */
export const PRICES = {
  /** @see https://aws.amazon.com/step-functions/pricing/ */
  stateTransition: 25e-6,
  /** @see https://aws.amazon.com/lambda/pricing/ */
  lambdaRequest: 0.2e-6,
  /** Arm64, first tier. */
  lambdaGigabyteSecond: 13.3334e-6,
  /**
   * Durable functions: an operation is a step, a wait or a callback. What operations write is billed, and kept while the
   * execution runs and after it. AWS's page fills in its prices by script; a reader's copy of them is the second source.
   * @see https://aws.amazon.com/lambda/pricing/
   * @see https://www.thecandidstartup.org/2026/01/12/aws-lambda-durable-functions.html
   */
  durableOperation: 8e-6,
  durableGigabyteWritten: 0.25,
  durableGigabyteMonth: 0.15,
  /** @see https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  /** HTTP API. @see https://aws.amazon.com/api-gateway/pricing/ */
  httpRequest: 1e-6,
  /** FIFO. @see https://aws.amazon.com/sqs/pricing/ */
  queueRequest: 0.5e-6,
  /** Deliveries to SQS and Lambda are free. @see https://aws.amazon.com/sns/pricing/ */
  publish: 0.5e-6,
  /** Logs of Lambda, first tier. @see https://aws.amazon.com/cloudwatch/pricing/ */
  logGigabyte: 0.5,
  /** @see https://aws.amazon.com/xray/pricing/ */
  trace: 5e-6,
  /** @see https://aws.amazon.com/eventbridge/pricing/ */
  scheduledInvocation: 1e-6,
} as const;

/**
 * Temporal Cloud bills the actions of a month, and a plan. The plan Developer has one price; the plan Business has tiers,
 * of which this is the upper limit in actions and the price of an action, and includes some actions. From 200 million on
 * the price is negotiated; the last public one is taken.
 * @see https://docs.temporal.io/cloud/pricing
 */
const TEMPORAL = {
  developerAction: 50e-6,
  businessTiers: [
    { upTo: 5e6, price: 50e-6 },
    { upTo: 10e6, price: 45e-6 },
    { upTo: 20e6, price: 40e-6 },
    { upTo: 50e6, price: 35e-6 },
    { upTo: 100e6, price: 30e-6 },
    { upTo: Number.POSITIVE_INFINITY, price: 25e-6 },
  ],
  businessIncludes: 2.5e6,
  businessMinimum: 500,
  /** Of either plan, of what is used. */
  planShare: 0.1,
} as const;

/** What a number of actions in one month costs at Temporal Cloud with the cheaper of its two public plans. */
export const temporalCost = (actions: number): number => {
  const developer = actions * TEMPORAL.developerAction * (1 + TEMPORAL.planShare);
  const used = inTiers(Math.max(actions - TEMPORAL.businessIncludes, 0));
  const business = used + Math.max(TEMPORAL.businessMinimum, used * TEMPORAL.planShare);
  return Math.min(developer, business);
};

const inTiers = (actions: number): number => {
  let cost = 0;
  let from = 0;
  for (const { upTo, price } of TEMPORAL.businessTiers) {
    if (actions <= from) break;
    cost += (Math.min(actions, upTo) - from) * price;
    from = upTo;
  }
  return cost;
};

/**
 * What cannot be counted without AWS, and is assumed: how long an invocation is billed for. It waits for the network, and
 * computes with the share of a processor that its memory gives it: 1,769 MB are one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export const ASSUMED = {
  /** A new TLS connection to the provider, its answer, and DynamoDB. */
  waitWithProvider: 0.4,
  computingWithProvider: 0.01,
  /** DynamoDB, SNS, SQS or Step Functions, once or twice. */
  waitWithoutProvider: 0.04,
  computingWithoutProvider: 0.005,
  megabytesOfOneProcessor: 1769,
  /**
   * X-Ray samples one request a second and 5 % of the others. The one a second is the same for any number of items, and
   * is left out as metrics and alarms are.
   */
  tracedShare: 0.05,
} as const;

/** For how many seconds an invocation is billed. */
export const billedSeconds = (memoryInMegabytes: number, asksProvider: boolean): number => {
  const slower = ASSUMED.megabytesOfOneProcessor / memoryInMegabytes;
  return asksProvider
    ? ASSUMED.waitWithProvider + ASSUMED.computingWithProvider * slower
    : ASSUMED.waitWithoutProvider + ASSUMED.computingWithoutProvider * slower;
};
