import { signedOutPath } from "../../documents/loginUi/settings";
import { loginUiTextsProblems, type LoginUiTexts } from "../../documents/loginUi/texts";
import type { Partly } from "../../documents/shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import { imageProblems } from "../shared/imageReference";
import type { ImageArgs } from "../shared/images";

/** The pages of this library, as a script on the plain image of Node. */
export interface OwnLoginUi {
  /** Which pages: those of this library. */
  readonly kind: "portcullis";
  /**
   * Texts that replace its own, such as a translation, by the keys of {@link LoginUiTexts}; `language` says which
   * language they are in.
   * @default English
   */
  readonly texts?: LoginUiTexts;
}

/**
 * Ory's reference UI, in the version of the release set.
 * @see https://github.com/ory/kratos-selfservice-ui-node
 */
export interface OryReferenceLoginUi {
  /** Which pages: Ory's. */
  readonly kind: "oryReference";
}

/** Any image with the port, the paths and the environment variables of Ory's reference UI. */
export interface LoginUiImage {
  /** Its full reference, which names one version. */
  readonly image: string;
}

/** The pages that people sign in on. */
export type LoginUiChoice = OwnLoginUi | OryReferenceLoginUi | LoginUiImage;

/** Whether the pages are this library's. */
export function isOwn(choice: Partly<LoginUiChoice> | undefined): choice is OwnLoginUi | undefined {
  return !choice || ("kind" in choice && choice.kind === "portcullis");
}

/** Where Kratos sends a browser that has signed out. */
export function signedOutUrl(choice: LoginUiChoice, loginUiUrl: string): string {
  return loginUiUrl + (isOwn(choice) ? signedOutPath : "/login");
}

/** Checks that there is one login provider to go on to, and a login UI that does. */
export function skipLoginPageProblems(
  path: string,
  skips: boolean | undefined,
  choice: Partly<LoginUiChoice> | undefined,
  providers: number,
): Problem[] {
  if (!skips) return [];
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(skips), reason, fix }];
  if (providers > 1)
    return problem(
      `has ${providers} login providers to choose from`,
      "Leave it out, or name one login provider.",
    );
  return isOwn(choice)
    ? []
    : problem(
        "is supported only by this library's login UI",
        'Leave it out, or choose loginUi: { kind: "portcullis" }.',
      );
}

/** The texts that replace those of this library's pages. */
export function textsOf(choice: LoginUiChoice | undefined): LoginUiTexts {
  return (isOwn(choice) ? choice?.texts : undefined) ?? {};
}

/** Checks that an image of one's own names one version, and texts of this library's pages. */
export function choiceProblems(
  path: Path,
  property: string,
  choice: Partly<LoginUiChoice> | undefined,
): readonly Problem[] {
  const image = choice && "image" in choice ? choice.image : undefined;
  const texts = isOwn(choice) ? choice?.texts : undefined;
  return [
    ...ofKnown(image, (known) => imageProblems(path(`${property}.image`), known)),
    ...ofKnown(texts, (known) => loginUiTextsProblems(within(path, `${property}.texts`), known)),
  ];
}

function textsOfOthers(path: string): Problem {
  return {
    path,
    value: "texts",
    reason: "are words for this library's pages, and this gateway has Ory's",
    fix: 'Leave them out, or choose loginUi: { kind: "portcullis" }.',
  };
}

/** Checks the choice, and that it names no image that it does not run. */
export function loginUiProblems(
  path: Path,
  choice: Partly<LoginUiChoice> | undefined,
  images: Partly<ImageArgs> | undefined,
): Problem[] {
  const ofChoice = [...choiceProblems(path, "loginUi", choice)];
  const isOrys = choice && "kind" in choice && choice.kind === "oryReference";
  if (isOrys && "texts" in choice) ofChoice.push(textsOfOthers(path("loginUi.texts")));
  const unused = images?.override?.loginUi;
  if (isOrys || unused === undefined) return ofChoice;
  return [
    ...ofChoice,
    {
      path: path("images.override.loginUi"),
      value: found(unused),
      reason: "replaces Ory's reference UI, which this gateway does not run",
      fix: 'Name your own image as loginUi: { image }, or choose loginUi: { kind: "oryReference" }.',
    },
  ];
}
