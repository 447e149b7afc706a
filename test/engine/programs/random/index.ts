import { Config } from "@pulumi/pulumi";
import { RandomBytes, RandomPassword, type RandomPasswordArgs } from "@pulumi/random";

const config = new Config();
const generation = { generation: config.require("generation") };

const password = new RandomPassword("password", {
  ...config.requireObject<RandomPasswordArgs>("password"),
  keepers: generation,
});
const bytes = new RandomBytes("bytes", { length: 32 });

export const passwordResult = password.result;
export const bytesBase64 = bytes.base64;
