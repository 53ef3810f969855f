-- `rate_limit` and `quota` are JSON, such as {"requests":100,"per":"minute"}.
create table policies (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    name text not null,
    rate_limit text,
    quota text,
    created_at bigint not null,
    updated_at bigint not null,
    unique (workspace_id, name)
);

-- The subdomain tells portals apart, whosever they are.
create table portals (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    name text not null,
    subdomain text not null unique,
    brand_color text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index portals_by_workspace on portals (workspace_id, id);

create table portal_collections (
    portal_id bigint not null references portals (id) on delete cascade,
    collection_id bigint not null references collections (id) on delete cascade,
    primary key (portal_id, collection_id)
);
create index portal_collections_by_collection on portal_collections (collection_id);

insert into id_counters (name, value) values ('policy', 0), ('portal', 0);
