// Signs a browser out and sends it on to sign in as somebody else. Runs in njs, with the engine QuickJS.

/** Kratos signs out only by a token, which it gives to whoever has the session; without a session there is nothing to end. */
async function signOut(r) {
  const {
    login_url: login,
    logout_url: logout,
    logout_flow: flow,
    longest_query: longest,
    return_to,
  } = r.variables;
  const signIn = `${login}?return_to=${return_to}`;
  const { status, responseText } = await r.subrequest(flow);
  if (status === 401) {
    r.return(302, signIn);
    return;
  }
  const { logout_token: token } = status === 200 ? JSON.parse(responseText) : {};
  // With the session still there, Kratos would send people back as the same user.
  if (token === undefined) {
    r.return(503);
    return;
  }
  const query = (target) => `token=${encodeURIComponent(token)}&return_to=${encodeURIComponent(target)}`;
  const whole = query(signIn);
  r.return(302, `${logout}?${whole.length > Number(longest) ? query(login) : whole}`);
}

export default { signOut };
