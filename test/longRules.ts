import type { WrittenRule } from "../components/scripts/routes.mjs" with { "resolution-mode": "import" };
import { publicPathsUrlPrefix } from "../documents/rules/publicPaths";
import { writtenRules } from "./writtenRules";

/** A Rule of a team's own manifest, in any form that the definition of a Rule allows. */
function byHand(name: string, upstream: string, change: (rule: WrittenRule) => Partial<WrittenRule>) {
  return writtenRules(
    name,
    { methods: ["GET"], publicPaths: [{ path: "/healthz", match: "exact" }] },
    upstream,
  ).map((rule) => ({ ...rule, ...change(rule) }));
}

const url = (host: string) => `https://${host}.apps.example.com/<**>`;
const long = (length: number) => "a".repeat(length);

/** Rules with texts that do not fit into nginx' configuration or its hash tables: it would refuse the routes of all rules. */
export const longRules = (plain: string, secure: string): WrittenRule[] => [
  ...byHand("strip", plain, ({ upstream }) => ({ upstream: { ...upstream, strip_path: `/${long(5000)}` } })),
  ...byHand("dotted-strip", plain, ({ upstream }) => ({
    upstream: { ...upstream, strip_path: `/a${".".repeat(3000)}` },
  })),
  ...byHand("header", plain, ({ mutators }) => ({
    mutators: [{ handler: "header", config: { headers: { [`X-${long(45)}`]: "a" } } }, ...mutators],
  })),
  ...byHand("longest-header", plain, ({ mutators }) => ({
    mutators: [{ handler: "header", config: { headers: { [`X-${long(5000)}`]: "a" } } }, ...mutators],
  })),
  ...byHand("name", secure, ({ mutators }) => ({
    mutators: [...mutators, { handler: "noop", config: { tlsServerName: "a.".repeat(2500) + "a" } }],
  })),
  ...byHand("host", plain, ({ match }) => ({ match: { ...match, url: url(long(600)) } })),
  ...byHand("wildcard", plain, ({ match }) => ({
    match: { ...match, url: `https://<{*.${long(5000)}.apps.example.com}>/<**>` },
  })),
  ...byHand("method", plain, ({ match }) => ({
    match: { ...match, methods: ["GET", long(600).toUpperCase()] },
  })),
  ...["one", "two"].flatMap((name) =>
    byHand(name, plain, ({ match }) => ({
      match: { ...match, url: `https://paths.apps.example.com/${name}<**>` },
      authenticators: [
        {
          handler: "bearer_token",
          config: { check_session_url: `${publicPathsUrlPrefix}exact=/${name}${".".repeat(3000)}` },
        },
      ],
    })),
  ),
];
