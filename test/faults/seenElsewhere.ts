/** Faults that no unit test sees, by their ids, and the suite that does, or why there is nothing to see. */
export const seenElsewhere: Readonly<Record<string, string>> = {};
