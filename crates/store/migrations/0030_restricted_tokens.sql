-- The projects to which a token of the management API is restricted, if it is. One that is restricted
-- and has none left, since they were deleted, reaches nothing.
alter table developer_clients add column restricted boolean not null default false;

create table developer_client_projects (
    developer_client_id bigint not null references developer_clients (id) on delete cascade,
    project_id bigint not null references projects (id) on delete cascade,
    primary key (developer_client_id, project_id)
);
create index developer_client_projects_by_project on developer_client_projects (project_id);
