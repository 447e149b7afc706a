import { z } from "zod";
import { insteadOf } from "./fields";

const error = "Write a text, true, false, a list of texts, or an object of them, three levels deep at most.";
const claim = z.union([z.string(), z.boolean(), z.array(z.string())], { error });
const deeper = z.union([claim, z.record(z.string(), claim)], { error });

/** What claims must be, compared exactly. */
export const claims = z.record(
  z.string(),
  z.union([claim, z.record(z.string(), deeper)], { error }),
  insteadOf("Write claims by name, for example {repository: acme/app}."),
);
