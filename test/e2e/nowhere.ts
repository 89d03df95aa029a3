/**
 * End of the name of a resource that does not exist. Tests configure functions with such a name to make them fail, and
 * the tests that judge the whole run recognize the denied calls by it.
 */
export const NOWHERE = 'no-such-thing';
