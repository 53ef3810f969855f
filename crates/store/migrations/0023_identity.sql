-- Who a row belongs to is told by `subject_kind` ('person' or 'portal_user') and `subject_id`; where
-- it is good by `portal_id`, which is null for the console.

-- Links in mail. They work once; used ones are kept for a while, to say so.
create table sign_in_links (
    digest text primary key,
    purpose text not null,
    subject_kind text not null,
    subject_id bigint not null,
    portal_id bigint references portals (id) on delete cascade,
    expires_at bigint not null,
    used_at bigint,
    created_at bigint not null
);
create index sign_in_links_by_subject on sign_in_links (subject_kind, subject_id);
create index sign_in_links_by_expiry on sign_in_links (expires_at);
create index sign_in_links_by_portal on sign_in_links (portal_id);

create table sessions (
    id bigint primary key,
    digest text not null unique,
    subject_kind text not null,
    subject_id bigint not null,
    portal_id bigint references portals (id) on delete cascade,
    method text not null,
    acting_for bigint,
    address text,
    user_agent text,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_subject on sessions (subject_kind, subject_id, id);
create index sessions_by_expiry on sessions (expires_at);
create index sessions_by_portal on sessions (portal_id);

-- `hash` is argon2id in the PHC string format.
create table passwords (
    subject_kind text not null,
    subject_id bigint not null,
    hash text not null,
    changed_at bigint not null,
    primary key (subject_kind, subject_id)
);

insert into id_counters (name, value) values ('session', 0);
