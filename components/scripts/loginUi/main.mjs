// @ts-check
// The login UI of the gateway, on plain Node without any package.
import { readFileSync } from "node:fs";
import { createLoginUi } from "./server.mjs";

const settings = JSON.parse(readFileSync(new URL("settings.json", import.meta.url), "utf8"));
const server = createLoginUi(settings);
server.listen(settings.port, () => {
  console.log(`The login UI listens on port ${settings.port}`);
});
process.once("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
