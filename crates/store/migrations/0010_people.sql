-- People who administer workspaces. `email_key` is the address in lower case: lower() of the two
-- databases differs outside of ASCII.
create table people (
    id bigint primary key,
    email text not null,
    email_key text not null unique,
    name text not null,
    created_at bigint not null,
    updated_at bigint not null
);

create table members (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    person_id bigint not null references people (id) on delete cascade,
    role text not null,
    state text not null,
    invited_at bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (workspace_id, person_id)
);
create index members_by_person on members (person_id, id);

-- Developers who sign in to a portal, and the clients of its workspace that they act for.
create table portal_users (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    portal_id bigint not null references portals (id) on delete cascade,
    email text not null,
    email_key text not null,
    name text not null,
    came_by text not null,
    active boolean not null,
    invited_at bigint,
    last_sign_in_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    unique (portal_id, email_key)
);
create index portal_users_by_workspace on portal_users (workspace_id, id);

create table portal_user_clients (
    portal_user_id bigint not null references portal_users (id) on delete cascade,
    client_id bigint not null references clients (id) on delete cascade,
    primary key (portal_user_id, client_id)
);
create index portal_user_clients_by_client on portal_user_clients (client_id);

-- What they ask for. A client has at most one pending wish for each collection.
create table access_requests (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    portal_id bigint not null references portals (id) on delete cascade,
    portal_user_id bigint not null references portal_users (id) on delete cascade,
    client_id bigint not null references clients (id) on delete cascade,
    collection_id bigint not null references collections (id) on delete cascade,
    reason text not null,
    state text not null,
    note text,
    decided_by text,
    created_at bigint not null,
    decided_at bigint
);
create index access_requests_by_workspace on access_requests (workspace_id, state, id);
create index access_requests_by_client on access_requests (client_id, id);
create index access_requests_by_user on access_requests (portal_user_id, id);
create index access_requests_by_collection on access_requests (collection_id);
create unique index access_requests_pending on access_requests (client_id, collection_id)
    where state = 'pending';

insert into id_counters (name, value) values
    ('person', 0), ('member', 0), ('portal_user', 0), ('access_request', 0);
