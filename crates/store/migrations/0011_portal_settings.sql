-- How people sign in to a portal. `oidc_client_secret` is sealed. While `jit_enabled` is null nothing
-- was decided about those whom nobody invited, and they may not come in.
alter table portals add column magic_link boolean not null default true;
alter table portals add column password boolean not null default false;
alter table portals add column sso boolean not null default false;
alter table portals add column oidc_issuer text;
alter table portals add column oidc_client_id text;
alter table portals add column oidc_client_secret text;
alter table portals add column jit_enabled boolean;
alter table portals add column jit_auth_type text;
alter table portals add column jit_policy_id bigint references policies (id);
create index portals_by_jit_policy on portals (jit_policy_id);

alter table portal_collections add column visibility text not null default 'everyone';
alter table portal_collections add column auto_approve boolean not null default false;

-- Texts of a portal's own, in Markdown.
create table portal_pages (
    id bigint primary key,
    portal_id bigint not null references portals (id) on delete cascade,
    slug text not null,
    title text not null,
    content text not null,
    position bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (portal_id, slug)
);

insert into id_counters (name, value) values ('portal_page', 0);
