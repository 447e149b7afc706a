local claims = std.extVar('claims');
local admit = {
  workspaceDomains: ["example.com"],
  emailDomains: ["corp.example"],
  emails: ["eve@partner.example"],
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

if !isAddress then
  error 'The login provider sent no e-mail address for this account.'
else if !isVerified then
  error 'The login provider has not verified the e-mail address of this account.'
else if !isOfWorkspace || !isNamed then
  error 'This account may not sign in here. Ask an administrator for access.'
else {
  identity: {
    traits: { email: email },
    metadata_public: { email: email },
    [if workspaceDomain != null then 'metadata_admin']: { workspaceDomain: workspaceDomain },
    verified_addresses: [{ via: 'email', value: email }],
  },
}
