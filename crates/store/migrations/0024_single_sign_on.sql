-- Who somebody is at an identity provider. `place` is the portal's id, or 0 for the console: a null
-- would not be unique.
create table federated_identities (
    place bigint not null,
    issuer text not null,
    provider_subject text not null,
    subject_kind text not null,
    subject_id bigint not null,
    email text,
    created_at bigint not null,
    last_used_at bigint not null,
    primary key (place, issuer, provider_subject)
);
create index federated_identities_by_subject on federated_identities (subject_kind, subject_id);

-- Sign-ins that are under way at a provider, found by the digest of `state`. Each is for one browser,
-- which holds what `browser` is the digest of, and works once. `secrets` (nonce, code verifier) is sealed.
create table single_sign_ons (
    state_digest text primary key,
    browser_digest text not null,
    portal_id bigint references portals (id) on delete cascade,
    issuer text not null,
    secrets text not null,
    invitation text,
    next text,
    expires_at bigint not null
);
create index single_sign_ons_by_expiry on single_sign_ons (expires_at);
create index single_sign_ons_by_portal on single_sign_ons (portal_id);
