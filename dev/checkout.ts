import { join } from "node:path";

/** The folder with this package's package.json. */
export const checkout = join(__dirname, "..");
