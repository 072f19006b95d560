/** What the names of checkpoints end in that are not part of the schedule. */
export const STOPPED = "-stopped";
export const AVERAGED = "-averaged";

export const stepName = (step: number): string => `step-${String(step).padStart(6, "0")}`;

export const stepOfName = (name: string): number => Number.parseInt(name.slice("step-".length), 10);
