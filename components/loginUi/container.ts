import type { core } from "@pulumi/kubernetes/types/input";
import type { Input } from "@pulumi/pulumi";
import { loginUiHealth, loginUiPort } from "../../documents/loginUi/settings";
import type { Images } from "../shared/images";
import { container, drain, httpProbes, resources } from "../shared/pods";
import type { LoginUiImage, OryReferenceLoginUi } from "./choice";

/** The user of Ory's image; ours runs as any. */
export const loginUiUser = 10000;

const configFolder = "/etc/portcullis";

const common = {
  name: "login-ui",
  ports: [{ name: "http", containerPort: loginUiPort }],
  ...httpProbes("http", loginUiHealth),
  lifecycle: drain(5),
};

/** This library's own pages, from the files of its ConfigMap. */
export function ownContainer(images: Images): core.v1.Container {
  return container({
    ...common,
    image: images.references.node,
    command: ["node", `${configFolder}/main.mjs`],
    resources: resources(["20m", "1"], ["64Mi", "256Mi"]),
    volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }],
  });
}

/** Not the session cookie's name, by which the proxy admits people. */
const csrfCookieName = "portcullis_login_csrf";

/** What an image like Ory's is configured with. */
export interface ImageContainerArgs {
  /** Kratos' public API as the pod reaches it. */
  readonly kratosPublicUrl: Input<string>;
  /** The same as browsers reach it. */
  readonly kratosBrowserUrl: string;
  /** Name of the Secret with its cookies' secrets. */
  readonly secretName: Input<string>;
}

/** Ory's reference UI, or an image with the same environment variables. */
export function imageContainer(
  images: Images,
  choice: OryReferenceLoginUi | LoginUiImage,
  { kratosPublicUrl, kratosBrowserUrl, secretName }: ImageContainerArgs,
): core.v1.Container {
  return container({
    ...common,
    image: "image" in choice ? choice.image : images.references.loginUi,
    env: [
      { name: "PORT", value: String(loginUiPort) },
      { name: "KRATOS_PUBLIC_URL", value: kratosPublicUrl },
      { name: "KRATOS_BROWSER_URL", value: kratosBrowserUrl },
      { name: "CSRF_COOKIE_NAME", value: csrfCookieName },
    ],
    envFrom: [{ secretRef: { name: secretName } }],
    resources: resources(["50m", "1"], ["96Mi", "384Mi"]),
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  });
}
