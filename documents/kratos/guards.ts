/**
 * Guards are web hooks that never call anything. Kratos writes a hook's body with Jsonnet before it stores anything
 * (`parse`): if that program fails, the flow ends; if it says "cancel", the hook counts as passed.
 * @see https://www.ory.com/docs/kratos/hooks/configure-hooks#cancel-webhooks
 */
function guard(program: string) {
  return {
    hook: "web_hook",
    config: {
      url: "http://portcullis.invalid/",
      method: "POST",
      response: { parse: true },
      body: `base64://${Buffer.from(program).toString("base64")}`,
    },
  };
}

/**
 * Refuses a first sign-in if its form contained another e-mail address: Kratos lets a form overwrite the mapper's traits,
 * and a forged address would keep its true owner from ever signing in.
 */
export const refuseChangedEmail = guard(
  `function(ctx)
  if std.asciiLower(ctx.identity.traits.email) == ctx.identity.metadata_public.email then error 'cancel'
  else error 'The e-mail address is not the one the login provider verified.'
`,
);

/**
 * Refuses to link a further account in the settings. The claims mapper never sees that account, so a user could let in a
 * private account and keep access after leaving. Kratos has no setting for this.
 */
export const refuseLinking = guard("function(ctx) error 'Linking another account is closed.'\n");

/**
 * Refuses flows of native apps before they are stored. A flow that requests a session token can be finished in somebody
 * else's browser, by a link, and its token then is that person's session.
 * @see https://www.ory.com/docs/kratos/self-service#browser-vs-native-flows
 */
export const refuseNativeFlow = guard(
  "function(ctx) if ctx.flow.type == 'browser' then error 'cancel' else error 'Native flows are closed.'\n",
);
