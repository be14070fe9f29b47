import ms from 'ms';

export const greeting = `hello after ${ms('1 s')} ms`;
