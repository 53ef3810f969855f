create table connections (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    project_id bigint references projects (id),
    name text not null,
    base_url text not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (workspace_id, name)
);

create table recipes (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    project_id bigint references projects (id),
    folder_id bigint not null references folders (id),
    name text not null,
    description text,
    kind text not null,
    connection_id bigint references connections (id),
    running boolean not null,
    version bigint not null,
    toggled_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index recipes_by_workspace on recipes (workspace_id, id);
create index recipes_by_connection on recipes (connection_id);

-- `specification_token` is sealed, since every list shows it; it is found by its digest.
create table collections (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    project_id bigint references projects (id),
    name text not null,
    version text not null,
    handle text not null,
    kind text not null,
    connection_id bigint references connections (id),
    specification_token text not null,
    specification_digest text not null unique,
    created_at bigint not null,
    updated_at bigint not null,
    unique (workspace_id, name, version),
    unique (workspace_id, handle)
);

-- The documents of a collection as they were given; the one with the highest id is in force.
create table documents (
    id bigint primary key,
    collection_id bigint not null references collections (id) on delete cascade,
    content text not null,
    created_at bigint not null
);
create index documents_by_collection on documents (collection_id, id);

-- `shape` is the path without the names of its parameters: two endpoints that would match the
-- same calls cannot both be there.
create table endpoints (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    collection_id bigint not null references collections (id) on delete cascade,
    recipe_id bigint not null references recipes (id),
    name text not null,
    description text,
    method text not null,
    path text not null,
    shape text not null,
    active boolean not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (collection_id, method, shape)
);
create index endpoints_by_workspace on endpoints (workspace_id, id);
create index endpoints_by_recipe on endpoints (recipe_id);
