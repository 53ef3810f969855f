-- Workspaces that another one manages, and what its operator calls them.
alter table workspaces add column operator_id bigint references workspaces (id);
alter table workspaces add column external_id text;
create index workspaces_by_operator on workspaces (operator_id, id);
create unique index workspaces_by_external_id on workspaces (operator_id, external_id);
