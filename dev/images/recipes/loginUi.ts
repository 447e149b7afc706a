import { loginUiScript } from "../../fixtures/loginUi/bundle";
import { names } from "../names";
import type { ImageRecipe } from "../recipe";
import { writeIn } from "../rootfs";
import { debianBase } from "./debianBase";
import { nodeEnvironment, nodeLayer } from "./node";

const SCRIPT = "/app/loginUi.js";

export const loginUiImage: ImageRecipe = {
  name: names.loginUiStandIn,
  layers: [
    debianBase,
    nodeLayer,
    {
      name: "login-ui",
      inputs: async () => [await loginUiScript()],
      fill: async (rootfs) => writeIn(rootfs, SCRIPT, await loginUiScript()),
    },
  ],
  config: {
    Entrypoint: ["node", SCRIPT],
    User: "10000",
    Env: [...nodeEnvironment, "NODE_ENV=production"],
    WorkingDir: "/app",
    ExposedPorts: { "3000/tcp": {} },
  },
};
