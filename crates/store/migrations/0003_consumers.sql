create table clients (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    project_id bigint references projects (id),
    name text not null,
    description text not null,
    email text,
    auth_type text not null,
    is_legacy boolean not null,
    active boolean not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index clients_by_workspace on clients (workspace_id, id);

create table client_collections (
    client_id bigint not null references clients (id) on delete cascade,
    collection_id bigint not null references collections (id) on delete cascade,
    primary key (client_id, collection_id)
);
create index client_collections_by_collection on client_collections (collection_id);

create table api_keys (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    client_id bigint not null references clients (id) on delete cascade,
    name text not null,
    digest text not null unique,
    last_four text not null,
    ip_rules text not null,
    active boolean not null,
    active_since bigint not null,
    expires_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index api_keys_by_client on api_keys (client_id, id);
