-- What the signed tokens of a client must be like, as JSON without the key, and the key, sealed.
alter table clients add column jwt_rules text;
alter table clients add column jwt_key text;
alter table clients add column policy_id bigint references policies (id);
alter table clients add column portal_id bigint references portals (id);
create index clients_by_policy on clients (policy_id);
create index clients_by_portal on clients (portal_id);

-- With an `auth_type` of its own a key is an access profile: these columns and `key_collections`
-- are in force for it. Without one it follows its client.
alter table api_keys add column auth_type text;
alter table api_keys add column jwt_rules text;
alter table api_keys add column jwt_key text;
alter table api_keys add column policy_id bigint references policies (id);
alter table api_keys add column oauth_client_id text;
create index api_keys_by_policy on api_keys (policy_id);
create unique index api_keys_by_oauth_client_id on api_keys (oauth_client_id);

create table key_collections (
    key_id bigint not null references api_keys (id) on delete cascade,
    collection_id bigint not null references collections (id) on delete cascade,
    primary key (key_id, collection_id)
);
create index key_collections_by_collection on key_collections (collection_id);
