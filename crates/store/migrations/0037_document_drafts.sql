-- Documents that somebody looks at before they are put to use: read, whole, and of nobody else's business.
-- What is not put to use is forgotten after a day. `files` and `warnings` are JSON that is read whole.
create table document_drafts (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    member_id bigint not null references members (id) on delete cascade,
    collection_id bigint references collections (id) on delete cascade,
    format text not null,
    entry text,
    content text not null,
    files text not null,
    openapi_version text not null,
    title text not null,
    api_version text not null,
    operations bigint not null,
    digest text not null,
    warnings text not null,
    created_at bigint not null
);
create index document_drafts_by_member on document_drafts (member_id, id);
create index document_drafts_by_time on document_drafts (created_at);

insert into id_counters (name, value) values ('document_draft', 0);
