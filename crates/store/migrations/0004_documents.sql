-- What is known of a document beside its text. `content` is the JSON that readers parse. Where that
-- is not what was given, since it was YAML or several files, `document_files` has what was given.
-- `digest` is null for documents from before this migration, of which the rest is unknown too.
alter table documents add column format text not null default 'json';
alter table documents add column entry text;
alter table documents add column openapi_version text not null default '';
alter table documents add column title text not null default '';
alter table documents add column api_version text not null default '';
alter table documents add column operations bigint not null default 0;
alter table documents add column size_bytes bigint not null default 0;
alter table documents add column digest text;

create table document_files (
    document_id bigint not null references documents (id) on delete cascade,
    name text not null,
    content text not null,
    primary key (document_id, name)
);

-- The document in force, so that an earlier one can be put in force again as it is.
alter table collections add column document_id bigint references documents (id);
update collections set document_id =
    (select max(documents.id) from documents where documents.collection_id = collections.id);

-- Whether an import made the recipe, and may remove it again.
alter table recipes add column imported boolean not null default false;
