import assert from "node:assert/strict";
import { echoService, DevStack } from "../../dev/devStack";
import type { Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/devCluster";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { testCluster } from "../cluster/run";
import type { Duration } from "../../documents/shared/duration";
import type { SecondFactor } from "../../documents/kratos/secondFactor";
import { Chromium } from "./chromium";
import { Identities } from "./identities";
import type { Shown } from "./person";
import { serviceUrl } from "../cluster/serviceUrl";

/** How late the end of a session is noticed: shorter than by default, so that the tests need not wait for it. */
export const SESSION_CHECK_SECONDS = 1;

/** A second button of the login page, at the same issuer. */
export const OTHER_PROVIDER = { id: "partners", label: "Partner issuer" };

/** What a test may change from the defaults. */
export interface Change {
  /** @default "optional" */
  readonly secondFactor?: SecondFactor;
  /** How long a session lasts. @default the gateway's own */
  readonly lifespan?: Duration;
  /** The addresses of the people who may use `echo`. @default everybody who may enter */
  readonly onlyFor?: readonly string[];
}

/** What all browser tests need: the dev stack with two services, and a Chromium. */
export interface Setup {
  readonly cluster: DevCluster;
  readonly target: Target;
  readonly chromium: Chromium;
  readonly identities: Identities;
  /** The demo's vmagent; a URL without a trailing slash, like the next one. */
  readonly vmagent: string;
  /** The fixture that shows what it was sent. */
  readonly echo: string;
  /** Changes the stack; without a change, restores it to what the other tests need. */
  readonly settle: (change?: Change) => Promise<unknown>;
}

/** Asserts that the person is asked to sign in, wherever the login page is. */
export function assertAtLogin({ text, url }: Shown): void {
  assert.match(text, /Sign in with Stub issuer/, url);
}

let prepared: Promise<Setup> | undefined;

/** Created by the first call and shared by all files. */
export function setup(): Promise<Setup> {
  prepared ??= prepare();
  return prepared;
}

/** Closes Chromium; fails if anything tried to leave this machine. */
export async function tearDown(): Promise<void> {
  const left = await (await prepared)?.chromium.close();
  assert.deepEqual(left ?? [], []);
}

async function prepare(): Promise<Setup> {
  const cluster = await testCluster();
  const settle = ({ secondFactor = "optional", lifespan, onlyFor }: Change = {}) =>
    new DevStack(cluster, progress(), {
      // With only one, Chromium would be at the stub issuer before a test sees the login page.
      furtherProviders: [OTHER_PROVIDER],
      settings: {
        "portcullis:session": {
          value: {
            checkCache: `${String(SESSION_CHECK_SECONDS)}s`,
            ...(lifespan !== undefined && { lifespan }),
          },
        },
        "portcullis:secondFactor": { value: secondFactor },
      },
    }).up({
      ...echoService,
      portal: { title: "Echo", description: "Shows what it was sent.", icon: "E" },
      ...(onlyFor && { access: { emails: onlyFor } }),
    });
  const target = await settle();
  const chromium = await Chromium.launch(DEVELOPMENT_ZONE);
  return {
    cluster,
    target,
    chromium,
    identities: new Identities(cluster, target.namespace),
    vmagent: serviceUrl(target, "vmagent"),
    echo: serviceUrl(target, "echo"),
    settle,
  };
}
