import { z } from "zod";
import { found, type Problem } from "../shared/problem";
import {
  googleClientIdProblems,
  googleClientSecretProblems,
  clientSecretWarnings,
  type Warning,
} from "./client";
import { parsedJson } from "../shared/json";

/** A client's id and secret. */
export interface GoogleCredential {
  readonly clientId: string;
  readonly clientSecret: string;
}

const fileSchema = z.object({
  web: z.object({
    client_id: z.string(),
    client_secret: z.string(),
    project_id: z.string().optional(),
    redirect_uris: z.array(z.string()).default([]),
  }),
});

/** The console's file of a client, as far as {@link readClientJson} reads it. */
export function clientJson({ clientId, clientSecret }: GoogleCredential, redirectUri: string): string {
  const web = { client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] };
  return JSON.stringify({ web });
}

/** The contents of a file, and what is wrong with it. The problems reveal nothing of it except the client's id and type. */
export interface ClientFile {
  /** Not usable if there are problems. */
  readonly credential: GoogleCredential;
  /** The client's project; the console writes it. */
  readonly projectId?: string | undefined;
  readonly problems: Problem[];
  readonly warnings: Warning[];
}

/** Reads the file that Google's console offers for download when it has created a client. */
export function readClientJson(path: string, text: string, redirectUri: string): ClientFile {
  const json = parsedJson(text);
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const type = typeof json === "object" && json !== null ? Object.keys(json)[0] : undefined;
    return {
      credential: { clientId: "", clientSecret: "" },
      problems: [
        {
          path,
          value: json === undefined ? "text that is not JSON" : `JSON of the type ${found(type)}`,
          reason: 'is not the file of a client of the type "Web application"',
          fix: 'Store the file that the console offers as "Download JSON", as it is.',
        },
      ],
      warnings: [],
    };
  }
  const {
    client_id: clientId,
    client_secret: clientSecret,
    project_id: projectId,
    redirect_uris: registered,
  } = parsed.data.web;
  const outdated: Warning = {
    path,
    reason: `was downloaded before the client had the redirect URI ${redirectUri}`,
    fix: "Check in the console that the client has it now.",
  };
  return {
    credential: { clientId, clientSecret },
    projectId,
    problems: [...googleClientIdProblems(path, clientId), ...googleClientSecretProblems(path, clientSecret)],
    warnings: [
      ...(registered.includes(redirectUri) ? [] : [outdated]),
      ...clientSecretWarnings(path, clientSecret),
    ],
  };
}
