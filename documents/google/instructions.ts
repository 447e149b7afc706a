/** Pages of Google's console where an administrator prepares a client. */
export interface ConsoleLinks {
  /** What people see on Google's consent screen. */
  readonly branding: string;
  /** Whether accounts of other organizations may use the client. */
  readonly audience: string;
  /** Where a client is created. */
  readonly create: string;
  /** The client itself, once its id is known. */
  readonly client?: string;
}

/** Links into the console, which asks for a project if none is given. */
export function consoleLinks(project?: string, clientId?: string): ConsoleLinks {
  const page = (path: string) => {
    const url = new URL(`https://console.cloud.google.com/auth/${path}`);
    if (project !== undefined) url.searchParams.set("project", project);
    return url.href;
  };
  return {
    branding: page("branding"),
    audience: page("audience"),
    create: page("clients/create"),
    ...(clientId !== undefined && { client: page(`clients/${clientId}`) }),
  };
}

/** What the instructions are written for. */
export interface InstructionsInput {
  /** The redirect URI of the sign-in, exactly as it must be registered. */
  readonly redirectUri: string;
  /** Google Workspace domains; every account belongs to one of them. */
  readonly hostedDomains: readonly string[];
  /** The Google Cloud project that the client will belong to. */
  readonly project?: string;
  /** What the person does with the id and the secret. */
  readonly store: readonly string[];
}

/** What to do in Google's console, as plain text to paste from; needs no credential. */
export function googleInstructions({
  redirectUri,
  hostedDomains,
  project,
  store,
}: InstructionsInput): string {
  const links = consoleLinks(project);
  const domains = hostedDomains.join(" or ");
  const organization = hostedDomains.join(" and ");
  return `Google client for sign-in by accounts of ${domains}

1. Project${project === undefined ? "" : ` ${project}`}: it must belong to the organization of ${organization}.
   You need the role roles/oauthconfig.editor there. No API has to be enabled.
2. Branding: an app name and a support address.
   ${links.branding}
3. Audience: Internal. This is what keeps accounts of other organizations out, at every sign-in.
   ${links.audience}
4. Client: type "Web application", no JavaScript origins, and this redirect URI:

   ${redirectUri}

   ${links.create}
5. The secret is shown once: download the JSON now.
${store.map((step, index) => `${index + 6}. ${step}`).join("\n")}
${store.length + 6}. pulumi preview, which checks what it can, then pulumi up. A new redirect URI may take minutes to work.
${store.length + 7}. Sign in with an account of ${domains}; then try one of gmail.com, which Google refuses (org_internal).

Google deletes a client that nobody signs in with for six months.
`;
}
