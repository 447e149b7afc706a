import { z } from "zod";

/** The pages that people sign in on. */
export const loginUi = z.union(
  [
    z
      .strictObject({
        kind: z
          .enum(["portcullis", "oryReference"])
          .meta({ description: "portcullis for this library's pages, oryReference for Ory's." }),
        texts: z
          .record(z.string(), z.string())
          .meta({
            description:
              "Texts that replace those of this library's pages, by key, or Kratos' messages, by number.",
            absent: "English",
            more: "#words-of-the-login-ui",
          })
          .exactOptional(),
      })
      .meta({ typeName: "ProvidedLoginUi" }),
    z
      .strictObject({
        image: z.string().meta({
          description: "An image with the port, paths and environment variables of Ory's reference UI.",
        }),
      })
      .meta({ typeName: "LoginUiImage" }),
  ],
  { error: "Write {kind: portcullis}, {kind: oryReference} or {image}." },
);
