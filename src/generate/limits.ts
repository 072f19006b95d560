/** The most beams of an input: each step looks at the slots of all, for each of them. */
export const MOST_BEAMS = 1000;

/** Samples of an input that are drawn together: more would cost their square, as beams do. */
export const SAMPLES_TOGETHER = 16;
