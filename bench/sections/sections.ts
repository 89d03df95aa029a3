import type { Section } from '../section.ts';
import { costSection } from './cost.ts';
import { growthSection } from './growth.ts';
import { ordersSection } from './orders.ts';
import { scheduleSection } from './schedule.ts';

/** Every section, in the order of the note. */
export const SECTIONS: readonly Section[] = [costSection, scheduleSection, growthSection, ordersSection];
