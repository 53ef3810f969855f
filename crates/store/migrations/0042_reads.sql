-- What lists of keys and counts of them need stands in the indexes, so that none reads the rows of all keys.
create index api_keys_by_workspace on api_keys (workspace_id, id, client_id, active);
drop index api_keys_by_client;
create index api_keys_by_client on api_keys (client_id, workspace_id, id, active);
-- Access profiles, the only keys that have collections of their own.
create index api_keys_profiles on api_keys (client_id, id) where auth_type is not null;
-- Those that have a policy of their own.
create index api_keys_policies on api_keys (client_id, policy_id) where policy_id is not null;
