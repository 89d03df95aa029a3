import type { Section } from '../section.ts';
import { commandsSection } from './commands.ts';
import { costSection } from './cost.ts';
import { growthSection } from './growth.ts';
import { localStackSection } from './local-stack.ts';
import { ordersSection } from './orders.ts';
import { quotasSection } from './quotas.ts';
import { scheduleSection } from './schedule.ts';
import { startSection } from './start.ts';
import { warmPathSection } from './warm-path.ts';

/** Every section, in the order of the note. */
export const SECTIONS: readonly Section[] = [
  costSection,
  scheduleSection,
  growthSection,
  ordersSection,
  warmPathSection,
  startSection,
  quotasSection,
  localStackSection,
  commandsSection,
];
