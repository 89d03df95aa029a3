/**
 * End of the name of something that does not exist. Tests send functions there to make them fail, and whoever
 * judges the whole run knows these calls by it.
 */
export const NOWHERE = 'no-such-thing';
