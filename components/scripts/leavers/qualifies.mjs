// @ts-check

/**
 * The accounts that an identity signs in by. Kratos names each `provider:subject`; a provider's id has no colon.
 *
 * @param {import("./qualifies.mjs").Identity} identity
 */
export function accountsOf({ credentials, metadata_public, metadata_admin }) {
  const workspaceDomain = metadata_admin?.workspaceDomain;
  return (credentials?.oidc?.identifiers ?? []).map((identifier) => {
    const [provider = "", ...subject] = identifier.split(":");
    return {
      provider,
      subject: subject.join(":"),
      email: metadata_public?.email ?? "",
      ...(workspaceDomain !== undefined && { workspaceDomain }),
    };
  });
}

/**
 * Whether a provider would let an account in today.
 *
 * @param {import("../../../documents/kratos/leavers.js").FoldedAdmission} admission
 * @param {import("../../../documents/kratos/admit.js").Account} account
 */
export function qualifies(admission, { subject, email, workspaceDomain }) {
  if ("everybody" in admission) return true;
  if ("subjects" in admission) return admission.subjects.includes(subject);
  const { emails, emailDomains, workspaceDomains, hostedDomains } = admission;
  const address = lower(email);
  const workspace = workspaceDomain === undefined ? "" : lower(workspaceDomain);
  const [name, domain, ...more] = address.split("@");
  if (!name || !domain || more.length > 0) return false;
  if (hostedDomains !== undefined && !hostedDomains.includes(workspace)) return false;
  return (
    emails.includes(address) ||
    emailDomains.includes(domain) ||
    (workspace !== "" && workspaceDomains.includes(workspace))
  );
}

/**
 * Whether the claims of an identity's provider have to be read again, which Kratos does only at a first sign-in.
 *
 * @param {import("./qualifies.mjs").Identity} identity
 * @param {import("../../../documents/kratos/leavers.js").LeaversSettings["claims"]} claims
 * @param {number} now
 */
export function areClaimsOutdated(identity, claims, now) {
  const wanted = accountsOf(identity).flatMap(({ provider }) =>
    Object.hasOwn(claims, provider) ? (claims[provider] ?? []) : [],
  );
  const stored = identity.metadata_admin?.groupsVersion;
  // Groups of a provider that no longer gives any must not count as another provider's.
  if (wanted.length === 0) return stored !== undefined;
  const age = (now - Date.parse(identity.created_at ?? "")) / 1000;
  return !wanted.some(({ version, oldest }) => stored === version && age < oldest);
}

/**
 * toLowerCase would map other letters onto ASCII ones.
 *
 * @param {string} text
 */
function lower(text) {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
