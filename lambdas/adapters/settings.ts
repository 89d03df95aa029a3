import { ENV, requireEnv } from '../contracts/environment.ts';
import { type Settings, settingsSchema } from '../contracts/settings.ts';

/**
 * The settings that the infrastructure gave this function.
 * @throws {Error} when they are missing or not what {@link settingsSchema} says
 */
export const readSettings = (): Settings => settingsSchema.parse(JSON.parse(requireEnv(ENV.settings)));
