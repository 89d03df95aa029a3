/** Beginning of the names of a tracker's alarms. What follows it has no hyphen. */
export const alarmNamePrefix = (trackerName: string): string => `OrderTracker-${trackerName}-`;
