// Signs a browser out and sends it on to sign in as somebody else. Runs in njs, with the engine QuickJS.

/** Kratos signs out by a token only, which it tells whoever has the session; without one there is nobody to sign out. */
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
  // With a session that is still there Kratos would send them back as who they were.
  if (token === undefined) {
    r.return(503);
    return;
  }
  const query = (target) => `token=${encodeURIComponent(token)}&return_to=${encodeURIComponent(target)}`;
  const whole = query(signIn);
  r.return(302, `${logout}?${whole.length > Number(longest) ? query(login) : whole}`);
}

export default { signOut };
