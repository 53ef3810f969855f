-- Mail to people. `body` is sealed JSON and null once it is sent or what it links to has expired.
create table mails (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    portal_id bigint references portals (id) on delete cascade,
    kind text not null,
    recipient text not null,
    subject text not null,
    body text,
    state text not null,
    attempts bigint not null,
    next_attempt_at bigint not null,
    error text,
    expires_at bigint,
    created_at bigint not null,
    sent_at bigint
);
create index mails_by_workspace on mails (workspace_id, id);
create index mails_by_state on mails (state, next_attempt_at);
create index mails_by_portal on mails (portal_id);

insert into id_counters (name, value) values ('mail', 0);
