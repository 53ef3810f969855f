-- A policy for all keys of a client together, beside the one for each of them.
alter table clients add column client_policy_id bigint references policies (id);
create index clients_by_client_policy on clients (client_policy_id);

-- The window of a quota that is or was open, and how many calls of it nodes have reserved. A node
-- admits only what it reserved before.
create table key_quotas (
    key_id bigint primary key references api_keys (id) on delete cascade,
    started_at bigint not null,
    reserved bigint not null
);
create table client_quotas (
    client_id bigint primary key references clients (id) on delete cascade,
    started_at bigint not null,
    reserved bigint not null
);
