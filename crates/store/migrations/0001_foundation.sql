-- Times are microseconds since 1970, UTC. Ids come from `id_counters` and are never reused.
-- Text that holds JSON is read whole and never queried into.

create table id_counters (
    name text primary key,
    value bigint not null
);

-- One row. Its lock makes the order of `changes.seq` the order of commits.
create table change_clock (
    id bigint primary key,
    seq bigint not null
);

create table changes (
    seq bigint primary key,
    kind text not null,
    subject_id bigint not null
);

-- What one node knows and another must agree with, such as the check of the master key.
create table settings (
    name text primary key,
    value text not null
);

create table workspaces (
    id bigint primary key,
    handle text not null unique,
    name text not null,
    contact_email text not null,
    time_zone text not null,
    root_folder_id bigint not null,
    created_at bigint not null
);

create table folders (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    parent_id bigint references folders (id) on delete cascade,
    project_id bigint,
    name text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index folders_by_parent on folders (workspace_id, parent_id, id);

create table projects (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    folder_id bigint not null references folders (id),
    name text not null,
    description text,
    created_at bigint not null,
    updated_at bigint not null,
    unique (workspace_id, name)
);

create table developer_clients (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    name text not null,
    role text not null,
    digest text not null unique,
    last_four text not null,
    ip_rules text not null,
    expires_at bigint,
    created_at bigint not null,
    unique (workspace_id, name)
);

create table audit_lines (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    at bigint not null,
    actor_kind text not null,
    actor_id bigint,
    actor_name text not null,
    address text,
    user_agent text,
    deed text not null,
    subject_id bigint not null,
    subject_name text not null,
    details text not null
);
create index audit_lines_by_workspace on audit_lines (workspace_id, id);

insert into change_clock (id, seq) values (1, 0);
insert into id_counters (name, value) values
    ('workspace', 0), ('project', 0), ('folder', 0), ('connection', 0), ('recipe', 0),
    ('collection', 0), ('endpoint', 0), ('document', 0), ('client', 0), ('key', 0),
    ('developer_client', 0), ('audit', 0);
