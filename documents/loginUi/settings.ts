import { defined } from "../shared/defined";
import { defaultPalettes, errorColorOn, paletteOf, type Branding } from "../shared/branding";
import { loginUiTexts, type LoginUiTexts } from "./texts";

/** Port of the login UI, whichever one it is. */
export const loginUiPort = 3000;

/** Paths for probes, which do not look at Kratos. */
export const loginUiHealth = { alive: "/health/alive", ready: "/health/ready" } as const;

/** The page on which this library's login UI says that the user is signed out. */
export const signedOutPath = "/signed-out";

/** Names of the files that the login UI consists of, in one folder. */
export const loginUiFiles = [
  "main.mjs",
  "server.mjs",
  "routes.mjs",
  "answers.mjs",
  "assets.mjs",
  "kratos.mjs",
  "pages.mjs",
  "requestName.mjs",
  "flows.mjs",
  "texts.mjs",
  "html.mjs",
  "style.css",
  "securityKeys.js",
  "signIn.js",
] as const;

/** Name of the file with its settings, in the same folder. */
export const loginUiSettingsFile = "settings.json";

export interface LoginUiSettingsInput {
  /** URL at which the login UI reaches Kratos' public API. */
  readonly kratosPublicUrl: string;
  /** URL at which browsers reach the same API. */
  readonly kratosBrowserUrl: string;
  /** URL at which the login UI learns which services a person may open. */
  readonly servicesUrl: string;
  /** Name of the session cookie. */
  readonly sessionCookie: string;
  /** Ids of the login providers, in the order of their buttons. */
  readonly providers: readonly string[];
  /** Whether a visitor without a session goes straight to the only login provider. */
  readonly skipLoginPage: boolean;
  /** The look of the pages. */
  readonly branding: Branding;
  /** Texts that replace its own, or Kratos'. */
  readonly texts: LoginUiTexts;
}

/** The settings of the login UI. They hold no secret. */
export type LoginUiSettings = ReturnType<typeof loginUiSettings>;

/** Builds the settings of the login UI. */
export function loginUiSettings({ branding, texts, ...input }: LoginUiSettingsInput) {
  const { name, logo, help, colors } = branding;
  return {
    port: loginUiPort,
    ...input,
    branding: {
      ...(name !== undefined && { name }),
      ...(logo !== undefined && { logo }),
      ...(help && { help }),
      ...(colors && {
        palettes: { light: paletteIn("light", colors), dark: paletteIn("dark", colors) },
      }),
    },
    texts: { ...loginUiTexts, ...defined(texts) } as Readonly<Record<keyof typeof loginUiTexts, string>>,
  };
}

function paletteIn(scheme: keyof typeof defaultPalettes, colors: NonNullable<Branding["colors"]>) {
  const palette = paletteOf(colors[scheme], defaultPalettes[scheme]);
  return { ...palette, error: errorColorOn(palette, scheme) };
}
