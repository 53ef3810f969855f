-- When name, contact address or time zone of a workspace were last changed.
alter table workspaces add column updated_at bigint not null default 0;
update workspaces set updated_at = created_at;
