local claims = std.extVar('claims');
local admit = {
  workspaceDomains: [],
  emailDomains: ["corp.example"],
  emails: [],
};

local email = if 'email' in claims then std.asciiLower(claims.email) else '';
local address = std.split(email, '@');
local isAddress = std.length(address) == 2 && address[0] != '' && address[1] != '';
local isVerified = 'email_verified' in claims && claims.email_verified == true;
local workspaceDomain = if 'hd' in claims then std.asciiLower(claims.hd) else null;
local isOfWorkspace = true;
local isNamed =
  std.member(admit.emails, email)
  || (isAddress && std.member(admit.emailDomains, address[1]))
  || std.member(admit.workspaceDomains, workspaceDomain);
local groups = [{"name":"sre","claims":[{"path":["realm_access","roles"],"values":["sre",true]}]}];
local step(object, name) = if std.isObject(object) && std.objectHas(object, name) then object[name] else null;
local isMet(claim) =
  local told = std.foldl(step, claim.path, std.get(claims, 'raw_claims', {}));
  std.length([one for one in (if std.isArray(told) then told else [told]) if std.member(claim.values, one)]) > 0;
local isIn(group) = std.length([claim for claim in group.claims if !isMet(claim)]) == 0;
local groupNames = std.join('', [group.name + '.' for group in groups if isIn(group)]);

if !isAddress then
  error 'The login provider sent no e-mail address for this account.'
else if !isVerified then
  error 'The login provider has not verified the e-mail address of this account.'
else if !isOfWorkspace || !isNamed then
  error 'This account may not sign in here. Ask an administrator for access.'
else {
  identity: {
    traits: { email: email },
    metadata_public: { email: email, groups: groupNames },
    metadata_admin: {
      groupsVersion: 'db0e4ab3',
      [if workspaceDomain != null then 'workspaceDomain']: workspaceDomain,
    },
    verified_addresses: [{ via: 'email', value: email }],
  },
}
