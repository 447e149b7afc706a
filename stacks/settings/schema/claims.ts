import { z } from "zod";

const claimError =
  "Write a text, true, false, a list of texts, or an object of them, three levels deep at most.";
const claim = z.union([z.string(), z.boolean(), z.array(z.string())], { error: claimError });
/** What claims must be, each to the letter. */
export const claims = z.record(
  z.string(),
  z.union([claim, z.record(z.string(), z.union([claim, z.record(z.string(), claim)]))], {
    error: claimError,
  }),
);
